// The history of requests: counted by the meters of `metrics.ts` as they observe, written once a minute, added up to hours,
// and read over every server of the database. A server that is killed loses the minute it was in, no more.
import { randomUUID } from 'node:crypto'
import type { Events } from '../events/events.ts'
import type { Database } from '../storage/database.ts'
import type { Log } from './log.ts'
import { RequestCounts, type StoredTraffic, TrafficCounts } from './traffic-counts.ts'
import { createTrafficStore, HOUR_MS, MINUTE_MS, type TrafficRow } from './traffic-store.ts'
import { TrafficBins, type TrafficPoint, type TrafficView, type TrafficWindow } from './traffic-view.ts'

export interface TrafficOptions {
  readonly database: Database
  /** What the meters add to. */
  readonly counts: TrafficCounts
  readonly events: Pick<Events, 'isWanted' | 'tell'>
  readonly log: Pick<Log, 'warn'>
  readonly clock?: () => number
  /** How long minutes are kept; hours are made of them long before. Default 2 days. */
  readonly minutesKeptMs?: number
  /** How long hours are kept. Default 90 days. */
  readonly hoursKeptMs?: number
  /** How often the minute so far is told. Default 5,000. */
  readonly tellEveryMs?: number
}

export interface Traffic {
  /** Begins to write. */
  start(): void
  /** Writes what was counted; once a minute by itself. */
  flush(): Promise<void>
  /** Makes hours of the minutes of every hour that is over, and deletes what is old; once an hour by itself. */
  rollUp(): Promise<void>
  read(window: TrafficWindow): Promise<TrafficView>
  close(): Promise<void>
}

const DAY_MS = 24 * HOUR_MS
const TELL_EVERY_MS = 5_000
/** The last minutes of an hour may still be on their way from another server. */
const ROLL_AFTER_MS = 90_000
/** Minutes that may wait while the database does not answer. */
const MAX_WAITING = 120

export function createTraffic(options: TrafficOptions): Traffic {
  const { database, counts, events, log, clock = Date.now } = options
  const { minutesKeptMs = 2 * DAY_MS, hoursKeptMs = 90 * DAY_MS, tellEveryMs = TELL_EVERY_MS } = options
  const store = createTrafficStore(database)
  const server = randomUUID().slice(0, 13)
  /** Minutes that are not written yet; the last stays to be added to when a minute is counted in two parts. */
  let waiting: { readonly at: number; readonly traffic: StoredTraffic; written: boolean }[] = []
  let since = clock()
  let rolledAt = Number.NEGATIVE_INFINITY
  let minuteTimer: ReturnType<typeof setTimeout> | undefined
  let tellTimer: ReturnType<typeof setInterval> | undefined
  let working: Promise<void> = Promise.resolve()

  /** Ends the minute that was counted, and begins the next. */
  const cut = (): void => {
    const at = minuteOf(since)
    since = clock()
    const traffic = counts.stored()
    counts.clear()
    if (traffic.p === 0 && traffic.r.length === 0) return
    const last = waiting.at(-1)
    if (last?.at === at) waiting[waiting.length - 1] = { at, traffic: together([last.traffic, traffic]), written: false }
    else waiting.push({ at, traffic, written: false })
    if (waiting.length > MAX_WAITING) waiting = waiting.slice(-MAX_WAITING)
  }
  const write = async (): Promise<void> => {
    for (const minute of waiting) {
      if (minute.written) continue
      await store.put(MINUTE_MS, { at: minute.at, server, content: JSON.stringify(minute.traffic) })
      minute.written = true
      // Kept back by an outage: the hour was made without it, so it is made again.
      if (hourOf(minute.at) < hourOf(clock() - ROLL_AFTER_MS)) {
        await store.dropHour(hourOf(minute.at), server)
        rolledAt = Number.NEGATIVE_INFINITY
      }
    }
    waiting = waiting.slice(-1)
  }
  const flush = async (): Promise<void> => {
    cut()
    await write()
  }
  const rollUp = async (): Promise<void> => {
    const now = clock()
    const rows = await store.unrolled(0, hourOf(now - ROLL_AFTER_MS))
    for (const [key, minutes] of groupByHour(rows)) {
      const [first] = minutes as [TrafficRow]
      const content = JSON.stringify(together(minutes.map(({ content }) => JSON.parse(content) as StoredTraffic)))
      await store.put(HOUR_MS, { at: Number(key.split(' ')[0]), server: first.server, content })
    }
    await store.prune(MINUTE_MS, now - minutesKeptMs)
    await store.prune(HOUR_MS, now - hoursKeptMs)
  }
  const everyMinute = async (): Promise<void> => {
    try {
      await flush()
      const hour = hourOf(clock() - ROLL_AFTER_MS)
      if (rolledAt < hour) {
        await rollUp()
        rolledAt = hour
      }
    } catch (error) {
      // It waits for the next minute; an outage of two hours is kept.
      log.warn({ error: String(error), waiting: waiting.length }, 'the history of requests cannot be written; trying again')
    }
  }
  const schedule = (): void => {
    const now = clock()
    minuteTimer = setTimeout(
      () => {
        working = everyMinute().then(schedule)
      },
      minuteOf(now) + MINUTE_MS - now + 20,
    )
    minuteTimer.unref()
  }
  const tellNow = (): void => {
    if (events.isWanted('traffic.updated')) events.tell('traffic.updated', { point: pointOf(minuteOf(since), counts) })
  }
  return {
    start() {
      if (tellTimer !== undefined) return
      schedule()
      tellTimer = setInterval(tellNow, tellEveryMs)
      tellTimer.unref()
    },
    flush,
    rollUp,
    async read(window) {
      const bins = new TrafficBins(window, clock())
      const small = window === '1h' || window === '24h'
      const rows = small
        ? await store.read(MINUTE_MS, bins.from)
        : [...(await store.read(HOUR_MS, bins.from)), ...(await store.unrolled(bins.from, Number.MAX_SAFE_INTEGER))]
      for (const { at, content } of rows) bins.add(at, JSON.parse(content) as StoredTraffic)
      for (const { at, traffic, written } of waiting) if (!written) bins.add(at, traffic)
      bins.add(minuteOf(since), counts.stored())
      return bins.view()
    },
    async close() {
      clearTimeout(minuteTimer)
      clearInterval(tellTimer)
      await working
      clearTimeout(minuteTimer)
      await flush().catch((error: unknown) => log.warn({ error: String(error) }, 'the last minute of requests could not be written'))
    },
  }
}

const minuteOf = (time: number): number => Math.floor(time / MINUTE_MS) * MINUTE_MS
const hourOf = (time: number): number => Math.floor(time / HOUR_MS) * HOUR_MS

function together(parts: readonly StoredTraffic[]): StoredTraffic {
  const sum = new TrafficCounts()
  for (const part of parts) sum.add(part)
  return sum.stored()
}

function groupByHour(rows: readonly TrafficRow[]): Map<string, TrafficRow[]> {
  const groups = new Map<string, TrafficRow[]>()
  for (const row of rows) {
    const key = `${hourOf(row.at)} ${row.server}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}

/** The minute so far, of this server. */
function pointOf(at: number, counts: TrafficCounts): TrafficPoint {
  const all = new RequestCounts()
  const { p, r } = counts.stored()
  for (const route of r) all.add(route)
  return { at: new Date(at).toISOString(), predictions: p, ...all.sums() }
}

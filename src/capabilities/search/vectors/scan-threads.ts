// The threads that scan vectors, shared by all indexes of a process: started with the first large scan, ended when none has come for a
// while. A lone query is split over two threads; queries that wait go together, so that each block is read once for up to eight.

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  createScanSpace,
  SCAN_BATCH,
  type ScanQuery,
  type ScanResult,
  type ScanSpace,
  withFilterSpace,
} from '../../../algorithms/vector/row-scanner.ts'
import type { VectorMemory } from '../../../algorithms/vector/vector-memory.ts'
import { TandemError } from '../../../errors.ts'
import { restoreError } from '../../../platform/threads/messages.ts'
import type { FromScanThread, ScanAnswers, ScanWork, ToScanThread } from './scan-messages.ts'

export interface ScanThreadsOptions {
  /** Threads at most. Default: one a core, at most 16. */
  readonly size?: number
  /** They end after this time without work. Default 30,000. */
  readonly idleTimeoutMs?: number
  /** Queries that may wait; more are refused. Default 1,024. */
  readonly mostWaiting?: number
}

/** Scans of one index on the threads. */
export interface ScanLane {
  /** The nearest rows of each part that was scanned: one result, or two to be merged. */
  scan(query: ScanQuery): Promise<readonly ScanResult[]>
  run<Work extends Exclude<ScanWork, { readonly kind: 'scan' }>>(work: Work): Promise<ScanAnswers[Work['kind']]>
  /** Starts a thread when there is none; returns whether one runs already. */
  warm(): boolean
  close(): void
}

interface Job {
  readonly lane: number
  readonly work: ScanWork
  readonly resolve: (answer: ScanAnswers[keyof ScanAnswers]) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly worker: Worker
  /** Its working space in the memory of each lane that it knows. */
  readonly spaces: Map<number, ScanSpace>
  jobs: readonly Job[]
  /** Whether its program has begun. */
  isOnline: boolean
}

/** Rows in a memory below which a lone query stays on one thread: sharing costs about 0.1 ms. */
const ROWS_TO_SPLIT = 60_000

const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
const PROGRAM = new URL(`./scan-worker${ending}`, import.meta.url)

export class ScanThreads {
  readonly size: number
  readonly #idleTimeoutMs: number
  readonly #mostWaiting: number
  readonly #threads = new Set<Thread>()
  readonly #lanes = new Map<number, VectorMemory>()
  readonly #waiting: Job[] = []
  /** Working spaces that an ended thread left, by lane. */
  readonly #spareSpaces = new Map<number, ScanSpace[]>()
  #lastLane = 0
  #idleTimer: NodeJS.Timeout | undefined
  #closed = false

  constructor({ size = Math.min(16, availableParallelism()), idleTimeoutMs = 30_000, mostWaiting = 1024 }: ScanThreadsOptions = {}) {
    this.size = size
    this.#idleTimeoutMs = idleTimeoutMs
    this.#mostWaiting = mostWaiting
  }

  get running(): number {
    return this.#threads.size
  }

  open(memory: VectorMemory): ScanLane {
    const lane = ++this.#lastLane
    this.#lanes.set(lane, memory)
    const enqueue = (work: ScanWork): Promise<ScanAnswers[keyof ScanAnswers]> =>
      new Promise((resolve, reject) => {
        if (this.#closed || !this.#lanes.has(lane)) return reject(closedError())
        if (this.#waiting.length >= this.#mostWaiting) return reject(overloaded(this.#mostWaiting))
        this.#waiting.push({ lane, work, resolve, reject })
        this.#dispatch()
      })
    return {
      scan: async (query) => {
        const parts = this.#partsFor(memory)
        const works = Array.from({ length: parts }, (_, part): ScanWork => ({ kind: 'scan', queries: [query], part: { part, parts } }))
        const answers = await Promise.all(works.map(enqueue))
        return answers.map((answer) => (answer as ScanAnswers['scan'])[0]!)
      },
      run: (work) => enqueue(work) as never,
      warm: () => this.#warm(),
      close: () => this.#closeLane(lane),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idleTimer)
    for (const job of this.#waiting.splice(0)) job.reject(closedError())
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()))
  }

  #warm(): boolean {
    if (this.#closed || [...this.#threads].some(({ isOnline }) => isOnline)) return true
    if (this.#threads.size === 0) this.#start()
    this.#retireLater()
    return false
  }

  #partsFor(memory: VectorMemory): number {
    const idle = this.size - [...this.#threads].filter(({ jobs }) => jobs.length > 0).length
    return memory.slots >= ROWS_TO_SPLIT && this.#waiting.length === 0 && idle >= 2 ? 2 : 1
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread =
        [...this.#threads].find(({ jobs }) => jobs.length === 0) ?? (this.#threads.size < this.size ? this.#start() : undefined)
      if (!thread) return
      clearTimeout(this.#idleTimer)
      this.#idleTimer = undefined
      this.#give(thread, this.#takeBatch())
    }
  }

  /** The job that has waited longest, and those that can go through the blocks with it. */
  #takeBatch(): Job[] {
    const first = this.#waiting.shift()!
    const batch = [first]
    if (!isWholeScan(first.work)) return batch
    for (let at = 0; at < this.#waiting.length && batch.length < SCAN_BATCH; ) {
      const job = this.#waiting[at]!
      if (job.lane === first.lane && isWholeScan(job.work)) batch.push(...this.#waiting.splice(at, 1))
      else at++
    }
    return batch
  }

  #give(thread: Thread, jobs: readonly Job[]): void {
    const [{ lane, work: first }] = jobs as readonly [Job]
    const memory = this.#lanes.get(lane)
    if (!memory) {
      for (const job of jobs) job.reject(closedError())
      return
    }
    const work: ScanWork = first.kind === 'scan' ? { ...first, queries: jobs.flatMap((job) => (job.work as typeof first).queries) } : first
    try {
      const space = this.#spaceOf(thread, lane, memory, work)
      const message: ToScanThread = { index: lane, work, space, bytes: memory.views.u8.byteLength }
      thread.worker.postMessage(message)
      thread.worker.ref()
      thread.jobs = jobs
    } catch (error) {
      for (const job of jobs) job.reject(error)
    }
  }

  #spaceOf(thread: Thread, lane: number, memory: VectorMemory, work: ScanWork): ScanSpace {
    let space = thread.spaces.get(lane)
    if (space === undefined) {
      space = this.#spareSpaces.get(lane)?.pop() ?? createScanSpace(memory)
      const message: ToScanThread = { open: lane, handle: memory.handle }
      thread.worker.postMessage(message)
    }
    const words = work.kind === 'scan' ? Math.max(0, ...work.queries.map(({ filter }) => filter?.length ?? 0)) : 0
    if (words > 0) space = withFilterSpace(memory, space, words)
    thread.spaces.set(lane, space)
    return space
  }

  #start(): Thread {
    const worker = new Worker(PROGRAM, { name: 'tandem-vectors', execArgv: [] })
    const thread: Thread = { worker, spaces: new Map(), jobs: [], isOnline: false }
    worker.on('online', () => {
      thread.isOnline = true
    })
    let fault: unknown
    worker.on('message', (message: FromScanThread) => {
      const { jobs } = thread
      thread.jobs = []
      worker.unref()
      for (const [index, job] of jobs.entries()) {
        if ('failure' in message) job.reject(restoreError(message.failure))
        else if (job.work.kind === 'scan') job.resolve([(message.answer as ScanAnswers['scan'])[index]!])
        else job.resolve(message.answer)
      }
      this.#dispatch()
      this.#retireLater()
    })
    worker.on('error', (error) => {
      fault = error
    })
    worker.on('exit', () => {
      this.#threads.delete(thread)
      for (const [lane, space] of thread.spaces) {
        if (this.#lanes.has(lane)) this.#spareSpaces.set(lane, [...(this.#spareSpaces.get(lane) ?? []), space])
      }
      for (const job of thread.jobs) job.reject(this.#closed ? closedError() : died(fault))
      if (!this.#closed) this.#dispatch()
    })
    // A thread that waits must not keep the process alive.
    worker.unref()
    this.#threads.add(thread)
    return thread
  }

  #retireLater(): void {
    if (this.#idleTimer !== undefined || [...this.#threads].some(({ jobs }) => jobs.length > 0)) return
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined
      for (const thread of this.#threads) {
        this.#threads.delete(thread)
        void thread.worker.terminate()
      }
    }, this.#idleTimeoutMs)
    this.#idleTimer.unref()
  }

  #closeLane(lane: number): void {
    this.#lanes.delete(lane)
    this.#spareSpaces.delete(lane)
    const message: ToScanThread = { close: lane }
    for (const { worker, spaces } of this.#threads) if (spaces.delete(lane)) worker.postMessage(message)
  }
}

function isWholeScan(work: ScanWork): boolean {
  return work.kind === 'scan' && work.part.parts === 1 && work.queries[0]?.filter === undefined
}

function overloaded(limit: number): TandemError {
  return new TandemError('overloaded', `${limit} vector searches wait already. Try again shortly, or give the index more threads.`, {
    details: { limit },
  })
}

function closedError(): TandemError {
  return new TandemError('unavailable', 'The vector index is closed. Open it again.')
}

function died(cause: unknown): TandemError {
  const reason = cause instanceof Error ? cause.message : 'it ended'
  return new TandemError('internal', `A thread that scans vectors died: ${reason}. A new one takes its place; search again.`, { cause })
}

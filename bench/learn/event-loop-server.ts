// The server of event-loop.ts: `tandem start` as users start it, in a process that also measures its own event loop. Asked by a message,
// it answers, since the last one and in milliseconds, how late the loop came by the clock, and how much processor time of its own thread
// went by between two looks at it: the first also counts what others on the machine do, the second only what the server did.
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 1
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()

const work = createHistogram()
const usedUs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}
let last = usedUs()
setInterval(() => {
  const now = usedUs()
  work.record(Math.max(1, Math.round(now - last)))
  last = now
}, RESOLUTION_MS).unref()

// What is recorded is the time between two ticks, not how late one came.
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)

process.on('message', () => {
  process.send?.({
    p50: late(delay.percentile(50)),
    p99: late(delay.percentile(99)),
    max: late(delay.max),
    workP99: work.percentile(99) / 1000,
    workMax: work.max / 1000,
  })
  delay.reset()
  work.reset()
})

// Named by the bench: main.ts of the source or main.js of dist. It reads the arguments behind its own name.
const [main] = process.argv.splice(2, 1)
await import(main!)

// Sees the end of a process from outside: a small Python of its own waits on its pidfd, which the kernel wakes when the process has ended,
// and says the time of the monotonic clock that both share. What lies between a SIGKILL and that moment is the kernel giving back memory.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ExitWitness {
  /** Resolves with the time of the end on the clock of `performance.now()`, or undefined where nobody can see it. */
  readonly endedAt: Promise<number | undefined>
}

const WATCH = `
import os, select, sys, time
descriptor = os.pidfd_open(int(sys.argv[1]))
print("watching", flush=True)
select.select([descriptor], [], [])
print(time.monotonic_ns(), flush=True)
`

/** Resolves when it watches. Linux 5.3 and Python 3.9 have pidfds. */
export async function watchExit(pid: number, python: string): Promise<ExitWitness> {
  const child = spawn(python, ['-c', WATCH, String(pid)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value } = await lines.next()
  const watches = value === 'watching'
  const behind = Number(process.hrtime.bigint()) / 1e6 - performance.now()
  return { endedAt: watches ? lines.next().then(({ value: at }) => Number(at) / 1e6 - behind) : Promise.resolve(undefined) }
}

// Parts of the worker's bench that need scikit-learn: rows of many callers sent together, and how soon the end of a job ends the work.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { PythonRuntime } from '../../src/platform/python/python-runtime.ts'
import { createTabularInference } from '../../src/platform/python/tabular-inference.ts'
import { type Claim, median } from '../frame/report.ts'

const ROUNDS = 5
const FEATURES = 10
const ROWS = 500

/** Numbers of a fixed sequence; the target is the sign of two of them. */
function table(): { readonly columns: Record<string, number[]>; readonly target: string[] } {
  let state = 7
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 30 - 1
  }
  const columns = Object.fromEntries(
    Array.from({ length: FEATURES }, (_, at) => [`x${at}`, Array.from({ length: ROWS }, () => Math.fround(next()))]),
  )
  return { columns, target: columns.x0!.map((value, row) => (value + columns.x1![row]! > 0 ? 'yes' : 'no')) }
}

function orderOf(name: string | undefined, nEstimators: number): string {
  return JSON.stringify({ ...(name === undefined ? {} : { name }), ...table(), folds: 2, parameters: { nEstimators } })
}

/** Callers of single rows, each one after the other: gathered by Node, or each row a request of its own. */
export async function rowsTogether(runtime: PythonRuntime, callers: number): Promise<Claim> {
  const lines = runtime.stream('/tandem/v1/train', orderOf('bench', 100), {
    ...{ contentType: 'application/json', signal: new AbortController().signal },
  })
  for await (const line of lines) if (line.type === 'error') throw new Error(String(line.message))
  const row = (): number[] => Array.from({ length: FEATURES }, () => Math.random() * 2 - 1)
  const predict = createTabularInference(runtime)
  const together = () => predict('tabular.bench', [row()])
  const alone = () =>
    runtime.infer({
      model: 'tabular.bench',
      inputs: [{ name: 'features', shape: [1, FEATURES], datatype: 'FP64', data: Float64Array.from(row()) }],
    })
  const throughput = async (ask: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now()
    const endsAt = startedAt + 2_000
    let done = 0
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (performance.now() < endsAt) {
          await ask()
          done++
        }
      }),
    )
    return done / ((performance.now() - startedAt) / 1000)
  }
  for (const ask of [together, alone]) for (let call = 0; call < 20; call++) await ask()
  const rounds = { ours: [] as number[], rival: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rounds.ours.push(await throughput(together))
    rounds.rival.push(await throughput(alone))
  }
  const numbers = { ours: median(rounds.ours), rival: median(rounds.rival), rounds }
  return { name: `${callers} callers of single rows, together beside each alone`, unit: 'rows/s', limit: 3, bound: 'at least', ...numbers }
}

/** From the end of a job to the end of the process that trains for it. */
export async function cancelled(runtime: PythonRuntime): Promise<Claim> {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const stop = new AbortController()
    const lines = runtime.stream('/tandem/v1/train', orderOf(undefined, 2000), { contentType: 'application/json', signal: stop.signal })
    let startedAt = 0
    let child = 0
    try {
      for await (const { message } of lines) {
        if (message !== 'fold 1 of 2') continue
        child = childOf(runtime.view().workers[0]!.pid!)
        startedAt = performance.now()
        stop.abort()
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error
    }
    while (existsSync(`/proc/${child}`) && !/\) Z /.test(statusOf(child))) await new Promise((resolve) => setTimeout(resolve, 1))
    rounds.push(performance.now() - startedAt)
  }
  return {
    name: 'a cancelled training ended on the worker',
    ours: median(rounds),
    unit: 'ms',
    limit: 200,
    bound: 'at most',
    rounds: { ours: rounds },
  }
}

/** The process that a worker has started last. */
function childOf(parent: number): number {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && new RegExp(`\\) \\S ${parent} `).test(statusOf(Number(name))),
  )
  const child = children.map(Number).sort((a, b) => b - a)[0]
  if (child === undefined) throw new Error(`The worker ${parent} has no child.`)
  return child
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

// The language models of a Python worker: one JSON value a text, checked before it is believed and brought to the form of this server's answers.
import { z } from 'zod'
import { workerFailure } from '../../../platform/python/failure.ts'
import type { PythonRuntime } from '../../../platform/python/python-runtime.ts'

export type WorkerTask = 'sentiment' | 'entities' | 'zero-shot' | 'summary'

export interface WorkerAnswer<Value> {
  readonly values: readonly Value[]
  /** What computed, as the worker names it. */
  readonly model: string
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** Waits for a worker that starts and for the model to load, for trying it out. */
  readonly isWarmUp?: boolean
}

const share = z.number().min(0).max(1)
const VALUES = {
  sentiment: z.object({ label: z.string(), scores: z.record(z.string(), share) }),
  entities: z.array(z.object({ text: z.string(), label: z.string().min(1).max(60), start: z.int().min(0), end: z.int().min(0) })),
  'zero-shot': z.record(z.string(), share),
  summary: z.string().max(100_000),
} as const
const OUTPUTS: Readonly<Record<WorkerTask, string>> = {
  sentiment: 'sentiment',
  entities: 'entities',
  'zero-shot': 'labels',
  summary: 'summary',
}
/** The packages of a large model, and the model, on a slow disk. */
const LOADING_MS = 600_000

/**
 * Asks a worker.
 *
 * @throws `unavailable` whose reason says why another runtime should answer.
 */
export async function askWorker<Task extends WorkerTask>(
  python: PythonRuntime,
  task: Task,
  { name, texts, parameters = {} }: { readonly name: string; readonly texts: readonly string[]; readonly parameters?: object },
  { signal, isWarmUp = false }: AskOptions = {},
): Promise<WorkerAnswer<z.infer<(typeof VALUES)[Task]>>> {
  const { outputs, parameters: said } = await python.infer(
    {
      model: `language.${task}`,
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [texts.length], data: texts }],
      parameters: { ...parameters },
    },
    {
      ...{ path: isWarmUp ? 'load' : 'language', name, items: texts.length, wait: isWarmUp },
      ...(isWarmUp ? { timeoutMs: LOADING_MS } : {}),
      ...(signal === undefined ? {} : { signal }),
    },
  )
  const output = outputs.find((each) => each.name === OUTPUTS[task])
  if (output?.datatype !== 'BYTES' || output.shape[0] !== texts.length || output.shape.length !== 1) {
    const got = output === undefined ? `no tensor "${OUTPUTS[task]}"` : `${output.datatype} of shape [${output.shape.join(', ')}]`
    throw workerFailure('bad_answer', `The worker answered for ${texts.length} texts with ${got}; BYTES, one for each, was expected.`)
  }
  const values = Array.from(output.data as ArrayLike<unknown>, (data, at) => read(task, String(data), at))
  return { values, model: String(said.model ?? `language.${task}`) }
}

function read<Task extends WorkerTask>(task: Task, json: string, at: number): z.infer<(typeof VALUES)[Task]> {
  const value = parsed(json)
  const checked = VALUES[task].safeParse(value)
  if (checked.success) return checked.data as z.infer<(typeof VALUES)[Task]>
  const place = checked.error.issues[0]
  throw workerFailure('bad_answer', `The worker’s ${task} of text ${at} cannot be used: ${place?.path.join('/')} ${place?.message}`)
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Labels of models that people use: words, stars, and the numbered ones of two or three classes. */
export function sideOf(label: string, labels: number): 'positive' | 'neutral' | 'negative' | undefined {
  const name = label.toLowerCase()
  if (/^(very )?pos/.test(name)) return 'positive'
  if (/^(very )?neg/.test(name)) return 'negative'
  if (/^(neu|mixed)/.test(name)) return 'neutral'
  const stars = /^([1-5]) stars?$/.exec(name)
  if (stars !== null) return Number(stars[1]) === 3 ? 'neutral' : Number(stars[1]) > 3 ? 'positive' : 'negative'
  const number = /^label_([0-2])$/.exec(name)
  if (number === null || labels > 3) return undefined
  const sides = labels === 2 ? (['negative', 'positive'] as const) : (['negative', 'neutral', 'positive'] as const)
  return sides[Number(number[1])]
}

/** Places in characters, as Python counts, to UTF-16 units. */
export function unitsOf(text: string, characters: readonly number[]): readonly number[] {
  // Without characters of two units they are the same.
  if (!/[\ud800-\udbff]/.test(text)) return characters
  const order = [...characters.keys()].sort((left, right) => characters[left]! - characters[right]!)
  const units: number[] = []
  let [unit, character] = [0, 0]
  for (const at of order) {
    while (character < characters[at]! && unit < text.length) {
      unit += text.codePointAt(unit)! > 0xffff ? 2 : 1
      character++
    }
    units[at] = unit
  }
  return units
}

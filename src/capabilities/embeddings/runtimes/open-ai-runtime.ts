// A model behind an API of OpenAI's form: POST {url}/embeddings. Hosted services, vLLM, Ollama, Text Embeddings Inference and llama.cpp speak it.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { TandemError } from '../../../errors.ts'
import { normalizeRow } from './encoder.ts'
import type { EmbeddingRuntime, OpenedModel } from './runtime.ts'

export interface OpenAiRuntimeOptions {
  /** Base address, such as https://api.openai.com/v1. */
  readonly url: string
  readonly key?: string
  /** The model's name there. */
  readonly model: string
  /** Sent along where the service can shorten vectors. */
  readonly dimensions?: number
  readonly timeoutMs: number
}

const Answer = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.union([z.string(), z.array(z.number())]) })),
  usage: z.object({ prompt_tokens: z.number() }).partial().optional(),
})

const RETRIES = 2
const FIRST_WAIT_MS = 250
const MOST_WAIT_MS = 5_000
const RETRIED = new Set([408, 409, 429, 500, 502, 503, 504])

export function createOpenAiRuntime(options: OpenAiRuntimeOptions): EmbeddingRuntime {
  const stopped = new AbortController()
  let opened: OpenedModel | undefined
  const { url, model, dimensions } = options
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([url, model, dimensions]))
    .digest('hex')
    .slice(0, 16)

  const encode: EmbeddingRuntime['encode'] = async (texts) => {
    const { data, usage } = await askWithRetries(options, texts, stopped.signal)
    const rows = data.map(({ embedding }) => (typeof embedding === 'string' ? fromBase64(embedding) : Float32Array.from(embedding)))
    const width = rows[0]?.length ?? 0
    if (rows.length !== texts.length || width === 0 || rows.some((row) => row.length !== width || !row.every(Number.isFinite))) {
      throw badAnswer(options, `${rows.length} vectors of ${width} numbers for ${texts.length} texts`)
    }
    opened ??= { dimensions: width, fingerprint }
    if (opened.dimensions !== width) throw badAnswer(options, `${width} dimensions where it gave ${opened.dimensions} before`)
    const vectors = new Float32Array(texts.length * width)
    for (const [at, { index }] of data.entries()) {
      if (index >= texts.length) throw badAnswer(options, `a vector for text ${index} of ${texts.length}`)
      vectors.set(rows[at]!, index * width)
      normalizeRow(vectors, index * width, width)
    }
    // Services count all texts of a call together.
    const share = Math.round((usage?.prompt_tokens ?? 0) / texts.length)
    return { vectors, tokens: new Int32Array(texts.length).fill(share) }
  }

  return {
    async open() {
      if (opened === undefined) await encode(['probe'])
      return opened!
    },
    encode,
    close: async () => stopped.abort(),
  }
}

async function askWithRetries(
  options: OpenAiRuntimeOptions,
  texts: readonly string[],
  stopped: AbortSignal,
): Promise<z.infer<typeof Answer>> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await ask(options, texts, stopped)
    if ('answer' in outcome) return outcome.answer
    if (attempt === RETRIES || !outcome.again || stopped.aborted) throw outcome.error
    const wait = Math.min(MOST_WAIT_MS, outcome.waitMs ?? FIRST_WAIT_MS * 2 ** attempt)
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

type Outcome =
  | { readonly answer: z.infer<typeof Answer> }
  | { readonly error: TandemError; readonly again: boolean; readonly waitMs?: number }

async function ask(options: OpenAiRuntimeOptions, texts: readonly string[], stopped: AbortSignal): Promise<Outcome> {
  const { url, key, model, dimensions, timeoutMs } = options
  let response: Response
  let text: string
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, input: texts, encoding_format: 'float', ...(dimensions === undefined ? {} : { dimensions }) }),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
    })
    text = await response.text()
  } catch (error) {
    const why = (error as Error).name === 'TimeoutError' ? `did not answer within ${timeoutMs} ms` : 'could not be reached'
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return {
      error: new TandemError('unavailable', `The embedding server at ${hostOf(url)} ${why}${cause}.`, { cause: error }),
      again: true,
    }
  }
  if (!response.ok) {
    const message = `The embedding server at ${hostOf(url)} answered ${response.status} for model "${model}": ${reasonOf(text)}`
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      error: new TandemError('unavailable', message, { details: { status: response.status } }),
      again: RETRIED.has(response.status),
      ...(Number.isFinite(seconds) ? { waitMs: seconds * 1000 } : {}),
    }
  }
  try {
    return { answer: Answer.parse(JSON.parse(text)) }
  } catch {
    return { error: badAnswer(options, `something else than OpenAI's list of embeddings (${text.slice(0, 80)})`), again: false }
  }
}

function badAnswer({ url, model }: OpenAiRuntimeOptions, what: string): TandemError {
  return new TandemError('unavailable', `The embedding server at ${hostOf(url)} answered for model "${model}" with ${what}.`)
}

/** Keys may stand in an address. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'an address that is none'
}

/** What the server said of itself, never much of it. */
function reasonOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { error?: { message?: unknown } | string; message?: unknown }
    const said = typeof parsed.error === 'string' ? parsed.error : (parsed.error?.message ?? parsed.message)
    if (typeof said === 'string') return said.slice(0, 200)
  } catch {
    // Not JSON.
  }
  return body.slice(0, 100)
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4))
}

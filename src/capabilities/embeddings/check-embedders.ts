// The embedding models of a config and those that are always there, looked at before anything is opened.
import type { Embedder, EmbeddingsDefinition } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'

/** First the best; the last needs nothing and never fails. */
export const DEFAULT_MODELS: readonly string[] = ['all-MiniLM-L6-v2', 'static-en-256', 'hash-384']

const BUILT_IN: Readonly<Record<string, Embedder>> = {
  'all-MiniLM-L6-v2': { kind: 'onnx' },
  'static-en-256': { kind: 'static' },
  'hash-384': { kind: 'hash' },
}

/** A name stands in addresses, folders and metrics. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/

/**
 * All models by name.
 *
 * @throws `invalid_config` naming the model and what would be right.
 */
export function checkEmbedders({ models = {}, default: defaults }: EmbeddingsDefinition): Readonly<Record<string, Embedder>> {
  for (const [name, embedder] of Object.entries(models)) {
    if (!NAME.test(name) || name.includes('..')) {
      throw new TandemError(
        'invalid_config',
        `The embedding model "${name}" needs a name of letters, digits, dots, dashes and slashes, at most 100, beginning with a letter or digit.`,
      )
    }
    const problem = problemOf(embedder)
    if (problem !== undefined) throw new TandemError('invalid_config', `The embedding model "${name}" ${problem}`)
  }
  const all = { ...BUILT_IN, ...models }
  if (defaults !== undefined && defaults.length === 0) {
    throw new TandemError('invalid_config', 'embeddings.default is empty; name at least one model, or leave it out.')
  }
  for (const name of defaults ?? []) {
    if (!Object.hasOwn(all, name)) {
      throw new TandemError('invalid_config', `embeddings.default names "${name}"; known models: ${Object.keys(all).join(', ')}.`)
    }
  }
  return all
}

function problemOf(embedder: Embedder): string | undefined {
  const whole = (value: number | undefined, least: number, most: number): boolean =>
    value === undefined || (Number.isInteger(value) && value >= least && value <= most)
  if (embedder.kind === 'openai-compatible') {
    if (!/^https?:$/.test(URL.parse(embedder.url)?.protocol ?? '')) {
      return `has the url "${embedder.url}"; it must begin with http:// or https://.`
    }
    if (typeof embedder.model !== 'string' || embedder.model === '') return 'lacks "model", its name at the server.'
    if (!whole(embedder.dimensions, 1, 8192)) return `asks for ${embedder.dimensions} dimensions; 1 to 8192 are possible.`
    if (!whole(embedder.timeoutMs, 1, 600_000)) return `has timeoutMs ${embedder.timeoutMs}; 1 to 600,000 is possible.`
  } else if (embedder.kind === 'hash') {
    if (!whole(embedder.dimensions, 8, 4096)) return `asks for ${embedder.dimensions} dimensions; 8 to 4096 are possible.`
  } else if (embedder.kind === 'onnx') {
    if (!whole(embedder.maxTokens, 3, 100_000)) return `has maxTokens ${embedder.maxTokens}; at least 3 are needed.`
    if (!whole(embedder.threads, 1, 256)) return `has threads ${embedder.threads}; 1 to 256 are possible.`
  } else if (embedder.kind === 'python') {
    if (embedder.folder !== undefined && embedder.package !== undefined) return 'names both a folder and a package; one of them is needed.'
    if (embedder.package !== undefined && !/^[A-Za-z0-9][\w.-]{0,99}$/.test(embedder.package)) {
      return `names the package "${embedder.package}"; that must be the name of a Python package.`
    }
  } else if (embedder.kind !== 'static') {
    return `is of the kind "${(embedder as { kind?: unknown }).kind}"; onnx, static, hash, openai-compatible and python are known.`
  }
  return undefined
}

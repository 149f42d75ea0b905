// Turns texts into token ids as the tokenizer.json of a model says. WordPiece is our own, three times as fast as the library; the other
// kinds (Unigram, BPE) are Hugging Face's library for JavaScript, loaded when first needed, behind our own SentencePiece normalizer.
import { readFile } from 'node:fs/promises'
import type { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { createWordPiece } from '../../algorithms/text/tokenize/word-piece.ts'
import { TandemError } from '../../errors.ts'
import { createCharsMap } from './characters-map.ts'

export interface Tokenizer {
  /** Ids with the model's special tokens around them, at most `limit` (>= 3). */
  encode(text: string, limit: number): number[]
  readonly padId: number
}

interface AddedToken {
  readonly id: number
  readonly content: string
}

interface Step {
  readonly type: string
  readonly [field: string]: unknown
}

/** The parts of a tokenizer.json that decide here. */
export interface TokenizerFile {
  readonly added_tokens?: readonly AddedToken[]
  readonly normalizer?: Step | null
  readonly pre_tokenizer?: Step | null
  readonly post_processor?: Step | null
  readonly padding?: { readonly pad_id?: number } | null
  readonly model: { readonly type?: string; readonly vocab?: unknown } & Record<string, unknown>
}

/** Special tokens around a text. */
interface Frame {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** No token of a natural text is longer on average, and the time for a text is bounded. */
const MOST_CHARACTERS_A_TOKEN = 100

/**
 * Reads a tokenizer.json.
 *
 * @throws `invalid_config` when the file is missing, no JSON, or of a kind that is not known.
 */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  let file: TokenizerFile
  try {
    file = JSON.parse(await readFile(path, 'utf8')) as TokenizerFile
  } catch (error) {
    throw new TandemError('invalid_config', `The tokenizer ${path} cannot be read: ${(error as Error).message}. Pull the model again.`, {
      cause: error,
    })
  }
  return createTokenizer(file, path)
}

/** The same from the parsed file; `origin` is named in errors. */
export async function createTokenizer(file: TokenizerFile, origin: string): Promise<Tokenizer> {
  if (typeof file?.model !== 'object' || file.model === null || file.model.vocab === undefined) {
    throw new TandemError('invalid_config', `The tokenizer ${origin} has no "model" with a "vocab", so it is no tokenizer.json.`)
  }
  const frame = frameOf(file)
  const padId = file.padding?.pad_id ?? idOf(file, ['[PAD]', '<pad>']) ?? 0
  const append = isBert(file) ? bertAppender(file) : await libraryAppender(file, origin)
  return {
    padId,
    encode(text, limit) {
      const ids = [...frame.before]
      const most = limit - frame.after.length
      append(text, ids, most)
      ids.push(...frame.after)
      return ids
    },
  }
}

type Append = (text: string, ids: number[], limit: number) => void

function isBert({ model, normalizer, pre_tokenizer }: TokenizerFile): boolean {
  return (
    model.type === 'WordPiece' &&
    pre_tokenizer?.type === 'BertPreTokenizer' &&
    normalizer?.type === 'BertNormalizer' &&
    normalizer.clean_text !== false &&
    normalizer.handle_chinese_chars !== false
  )
}

function bertAppender({ model, normalizer, added_tokens = [] }: TokenizerFile): Append {
  const vocabulary = new Map(Object.entries(model.vocab as Record<string, number>))
  const lowercase = normalizer?.lowercase !== false
  const pieces = createWordPiece(vocabulary, {
    lowercase,
    stripAccents: typeof normalizer?.strip_accents === 'boolean' ? normalizer.strip_accents : lowercase,
    ...(typeof model.unk_token === 'string' ? { unknownToken: model.unk_token } : {}),
    ...(typeof model.continuing_subword_prefix === 'string' ? { continuation: model.continuing_subword_prefix } : {}),
    ...(typeof model.max_input_chars_per_word === 'number' ? { maxWordLength: model.max_input_chars_per_word } : {}),
  })
  if (added_tokens.length === 0) return (text, ids, limit) => pieces.append(text, ids, limit)
  // Special tokens that stand in a text are themselves, before all rules: so does Hugging Face.
  const special = new Map(added_tokens.map(({ content, id }) => [content, id]))
  const longestFirst = [...special.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map((token) => token.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  return (text, ids, limit) => {
    let from = 0
    for (const { 0: token, index } of text.matchAll(pattern)) {
      if (ids.length >= limit) return
      pieces.append(text.slice(from, index), ids, limit)
      if (ids.length < limit) ids.push(special.get(token)!)
      from = index + token.length
    }
    pieces.append(from === 0 ? text : text.slice(from), ids, limit)
  }
}

async function libraryAppender(file: TokenizerFile, origin: string): Promise<Append> {
  const { charsMap, rest } = splitNormalizer(file.normalizer)
  const normalize = charsMap === undefined ? (text: string) => text : createCharsMap(charsMap)
  let library: LibraryTokenizer
  try {
    const { Tokenizer } = await import('@huggingface/tokenizers')
    library = new Tokenizer({ ...file, normalizer: rest } as object, {})
  } catch (error) {
    const kind = `${file.model.type ?? 'unnamed'} with ${file.pre_tokenizer?.type ?? 'no pre-tokenizer'}`
    throw new TandemError('invalid_config', `The tokenizer ${origin} (${kind}) is not supported: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return (text, ids, limit) => {
    const most = limit * MOST_CHARACTERS_A_TOKEN
    const cut = text.length > most ? text.slice(0, most).toWellFormed() : text
    const found = library.encode(normalize(cut), { add_special_tokens: false }).ids
    const room = limit - ids.length
    for (let at = 0; at < found.length && at < room; at++) ids.push(found[at]!)
  }
}

/** SentencePiece's table of characters stands first where there is one; the library only comes near it, so it is taken out. */
function splitNormalizer(normalizer: Step | null | undefined): { readonly charsMap?: string; readonly rest: Step | null } {
  if (normalizer === null || normalizer === undefined) return { rest: null }
  const charsMap = normalizer.precompiled_charsmap
  if (normalizer.type === 'Precompiled' && typeof charsMap === 'string') return { charsMap, rest: null }
  const steps = normalizer.normalizers as readonly Step[] | undefined
  const first = steps?.[0]
  if (normalizer.type !== 'Sequence' || first?.type !== 'Precompiled' || typeof first.precompiled_charsmap !== 'string') {
    return { rest: normalizer }
  }
  return { charsMap: first.precompiled_charsmap, rest: { ...normalizer, normalizers: steps!.slice(1) } }
}

/** The special tokens that the post-processor puts around one text. */
function frameOf({ post_processor: processor }: TokenizerFile): Frame {
  const steps = processor?.type === 'Sequence' ? (processor.processors as readonly Step[]) : [processor]
  for (const step of steps) {
    if (step?.type === 'TemplateProcessing') return frameOfTemplate(step)
    if (step?.type === 'BertProcessing' || step?.type === 'RobertaProcessing') {
      const [cls, sep] = [step.cls, step.sep] as [readonly [string, number], readonly [string, number]]
      return { before: [cls[1]], after: [sep[1]] }
    }
  }
  return { before: [], after: [] }
}

function frameOfTemplate(step: Step): Frame {
  const known = step.special_tokens as Record<string, { readonly ids: readonly number[] }>
  const before: number[] = []
  const after: number[] = []
  let side = before
  for (const part of step.single as readonly { readonly SpecialToken?: { readonly id: string } }[]) {
    if (part.SpecialToken === undefined) side = after
    else side.push(...(known[part.SpecialToken.id]?.ids ?? []))
  }
  return { before, after }
}

function idOf({ added_tokens = [] }: TokenizerFile, names: readonly string[]): number | undefined {
  return added_tokens.find(({ content }) => names.includes(content))?.id
}

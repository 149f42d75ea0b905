// WordPiece as BERT splits texts: words of letters, punctuation and ideographs alone, then the longest pieces of the vocabulary from the left.
// Source: Schuster and Nakajima 2012; Devlin et al. 2019; token ids equal to Hugging Face's tokenizers 0.23.3.
import { TandemError } from '../../../errors.ts'
import { characterKind, isStrippedMark, KIND } from './bert-characters.ts'

export interface WordPieceOptions {
  /** Default true. */
  readonly lowercase?: boolean
  /** Takes accents and other nonspacing marks away. Default: as `lowercase`. */
  readonly stripAccents?: boolean
  /** The token of a word without pieces. Default `[UNK]`. */
  readonly unknownToken?: string
  /** What a piece inside a word begins with. Default `##`. */
  readonly continuation?: string
  /** Longer words, in code points, are unknown. Default 100. */
  readonly maxWordLength?: number
}

export interface WordPiece {
  /**
   * Appends the ids of a text, at most `limit` in all in `ids`; what comes after is not read.
   *
   * Cost: O(characters); words met before cost one look-up.
   */
  append(text: string, ids: number[], limit?: number): void
  /** Ids of a text without special tokens. */
  encode(text: string, limit?: number): number[]
}

/** Words whose pieces are remembered; when so many are, all are forgotten. */
const MOST_WORDS = 50_000
/** Longer words are not worth remembering. */
const LONGEST_REMEMBERED = 32

/**
 * A tokenizer over a vocabulary.
 *
 * @param vocabulary  token to id.
 * @throws `invalid_input` when the vocabulary lacks the unknown token.
 * @example
 * const tokenizer = createWordPiece(new Map([['[UNK]', 0], ['play', 1], ['##ing', 2]]))
 * tokenizer.encode('Playing') // [1, 2]
 */
export function createWordPiece(
  vocabulary: ReadonlyMap<string, number>,
  { lowercase = true, stripAccents = lowercase, unknownToken = '[UNK]', continuation = '##', maxWordLength = 100 }: WordPieceOptions = {},
): WordPiece {
  const unknown = vocabulary.get(unknownToken)
  if (unknown === undefined) {
    throw new TandemError('invalid_input', `The vocabulary of ${vocabulary.size} tokens lacks its unknown token "${unknownToken}".`)
  }
  const remembered = new Map<string, readonly number[]>()
  const inner = innerPieces(vocabulary, continuation)

  /** Pieces of a word as it stands in the text. */
  const piecesOf = (raw: string, isAscii: boolean): readonly number[] => {
    const found = remembered.get(raw)
    if (found !== undefined) return found
    const pieces: number[] = []
    if (isAscii) cutWord(lowercase ? raw.toLowerCase() : raw, pieces)
    else for (const word of splitAgain(normalize(raw, lowercase, stripAccents))) cutWord(word, pieces)
    if (raw.length <= LONGEST_REMEMBERED) {
      if (remembered.size >= MOST_WORDS) remembered.clear()
      remembered.set(raw, pieces)
    }
    return pieces
  }

  const cutWord = (word: string, pieces: number[]): void => {
    const first = pieces.length
    if (word.length > maxWordLength && [...word].length > maxWordLength) {
      pieces.push(unknown)
      return
    }
    for (let start = 0; start < word.length; ) {
      const table = start === 0 ? vocabulary : inner
      let end = word.length
      let id: number | undefined
      for (; end > start; end--) {
        id = table.get(word.slice(start, end))
        if (id !== undefined) break
      }
      if (id === undefined) {
        pieces.length = first
        pieces.push(unknown)
        return
      }
      pieces.push(id)
      start = end
    }
  }

  const append = (text: string, ids: number[], limit = Number.POSITIVE_INFINITY): void => {
    let start = -1
    let isAscii = true
    const endWord = (end: number): void => {
      if (start < 0) return
      for (const id of piecesOf(text.slice(start, end), isAscii)) ids.push(id)
      start = -1
      isAscii = true
    }
    for (let at = 0; at < text.length && ids.length < limit; ) {
      const code = text.codePointAt(at)!
      const kind = characterKind(code)
      const next = at + (code > 0xffff ? 2 : 1)
      if (kind === KIND.letter || kind === KIND.drop) {
        // What is dropped does not end a word, but it must be taken out of it.
        if (start < 0) start = at
        if (code > 0x7f || kind === KIND.drop) isAscii = false
      } else {
        endWord(at)
        if (kind === KIND.alone && ids.length < limit) for (const id of piecesOf(text.slice(at, next), code <= 0x7f)) ids.push(id)
      }
      at = next
    }
    if (ids.length < limit) endWord(text.length)
    if (ids.length > limit) ids.length = limit
  }

  return {
    append,
    encode(text, limit) {
      const ids: number[] = []
      append(text, ids, limit)
      return ids
    },
  }
}

function innerPieces(vocabulary: ReadonlyMap<string, number>, continuation: string): ReadonlyMap<string, number> {
  const inner = new Map<string, number>()
  for (const [token, id] of vocabulary) if (token.startsWith(continuation)) inner.set(token.slice(continuation.length), id)
  return inner
}

/** A run of letters as BERT's normalizer leaves it. */
function normalize(run: string, lowercase: boolean, stripAccents: boolean): string {
  let text = ''
  for (const character of run) if (characterKind(character.codePointAt(0)!) !== KIND.drop) text += character
  if (stripAccents) {
    let bare = ''
    for (const character of text.normalize('NFD')) if (!isStrippedMark(character.codePointAt(0)!)) bare += character
    text = bare
  }
  // Character by character: a final sigma is a sigma here.
  if (lowercase) text = Array.from(text, (character) => character.toLowerCase()).join('')
  return text
}

/** Taking accents away may have left punctuation, which stands alone. */
function splitAgain(text: string): string[] {
  const words: string[] = []
  let word = ''
  const endWord = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  for (const character of text) {
    const kind = characterKind(character.codePointAt(0)!)
    if (kind === KIND.letter) {
      word += character
      continue
    }
    endWord()
    if (kind === KIND.alone) words.push(character)
  }
  endWord()
  return words
}

// The compiled table of characters that SentencePiece models carry (nmt_nfkc and its like): a trie of byte sequences with what each is
// replaced by. Source: Kudo and Richardson 2018; the layout of Darts-clone; applied as Hugging Face's spm_precompiled does.

/** Longer clusters, in bytes, are looked up character by character only. */
const LONGEST_CLUSTER = 6

/**
 * Normalizes texts by a table.
 *
 * @param encoded  base64: the trie's size in bytes, the trie, and the replacements, each ended by a zero byte.
 */
export function createCharsMap(encoded: string): (text: string) => string {
  const bytes = Buffer.from(encoded, 'base64')
  const trieBytes = bytes.readUInt32LE(0)
  const trie = new Uint32Array(trieBytes / 4)
  for (let at = 0; at < trie.length; at++) trie[at] = bytes.readUInt32LE(4 + at * 4)
  const replacements = bytes.subarray(4 + trieBytes)
  const encoder = new TextEncoder()
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const remembered = new Map<string, string | undefined>()

  const replacementOf = (chunk: string): string | undefined => {
    if (remembered.has(chunk)) return remembered.get(chunk)
    const place = shortestPrefix(trie, encoder.encode(chunk))
    const found = place === undefined ? undefined : replacements.subarray(place, replacements.indexOf(0, place)).toString('utf8')
    if (remembered.size < 10_000) remembered.set(chunk, found)
    return found
  }
  const replaceCharacters = (text: string): string => {
    let out = ''
    for (const character of text) out += replacementOf(character) ?? character
    return out
  }

  return (text) => {
    // Between printable ASCII characters nothing combines.
    if (/^[ -~]*$/.test(text)) return replaceCharacters(text)
    let out = ''
    for (const { segment } of clusters.segment(text)) {
      const whole = Buffer.byteLength(segment) < LONGEST_CLUSTER ? replacementOf(segment) : undefined
      out += whole ?? replaceCharacters(segment)
    }
    return out
  }
}

/** Value of the shortest key that the bytes begin with. */
function shortestPrefix(trie: Uint32Array, bytes: Uint8Array): number | undefined {
  let node = offsetOf(trie[0] ?? 0)
  for (const byte of bytes) {
    if (byte === 0) return undefined
    node ^= byte
    const unit = trie[node] ?? 0
    if ((unit & 0x800000ff) >>> 0 !== byte) return undefined
    node ^= offsetOf(unit)
    if (((unit >>> 8) & 1) === 1) return (trie[node] ?? 0) & 0x7fffffff
  }
  return undefined
}

/** Where the children of a node stand, relative to it. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}

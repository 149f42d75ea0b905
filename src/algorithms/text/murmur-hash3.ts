// MurmurHash3 x86, 32 bits (Austin Appleby, public domain), over the UTF-8 bytes of a text: the hash of scikit-learn's FeatureHasher.

const encoder = new TextEncoder()
let bytes = new Uint8Array(256)

/** The hash as a signed 32-bit number. */
export function murmurHash3(text: string, seed = 0): number {
  // Three bytes hold any UTF-16 unit.
  if (text.length * 3 > bytes.length) bytes = new Uint8Array(text.length * 3)
  const { written: length } = encoder.encodeInto(text, bytes)
  const blocks = length & ~3
  let hash = seed | 0
  for (let at = 0; at < blocks; at += 4) {
    hash ^= scrambled(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let at = length - 1; at >= blocks; at--) rest = (rest << 8) | bytes[at]!
  if (length > blocks) hash ^= scrambled(rest)
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

function scrambled(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51)
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593)
}

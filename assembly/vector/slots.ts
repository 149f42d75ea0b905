// Sets of rows as bits: from the keys of a filter to slots, and from bits to lists.

/**
 * For each key whose bit is set in `keys` (`words` words of 32 bits), sets the bit of its slot in `slots`. Page p of the table of slots,
 * 16,384 keys, stands at `directory[p]`; 0: there is none. Entries are the slot plus 1; 0: the key is not there. Returns how many it set.
 */
export function slotsOfKeys(keys: usize, words: i32, directory: usize, slots: usize): i32 {
  let found: i32 = 0
  for (let word: i32 = 0; word < words; word++) {
    let bits = load<u32>(keys + ((<usize>word) << 2))
    if (bits === 0) continue
    const page = <usize>load<u32>(directory + ((<usize>(word >> 9)) << 2))
    if (page === 0) continue
    const first = page + ((<usize>(word & 511)) << 7)
    while (bits !== 0) {
      const entry = load<u32>(first + ((<usize>ctz(bits)) << 2))
      bits &= bits - 1
      if (entry === 0) continue
      const slot = entry - 1
      const at = slots + ((<usize>(slot >> 5)) << 2)
      store<u32>(at, load<u32>(at) | (1 << (slot & 31)))
      found++
    }
  }
  return found
}

/** Writes the places of the set bits to `out`, in order; returns how many. */
export function listBits(bitmap: usize, words: i32, out: usize): i32 {
  let to = out
  for (let word: i32 = 0; word < words; word++) {
    let bits = load<u32>(bitmap + ((<usize>word) << 2))
    while (bits !== 0) {
      store<i32>(to, (word << 5) + <i32>ctz(bits))
      to += 4
      bits &= bits - 1
    }
  }
  return <i32>((to - out) >> 2)
}

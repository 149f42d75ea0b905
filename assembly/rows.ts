// Lists of rows: parting, gathering, adding a leaf's value to the scores of its rows.

/**
 * Parts n entries (`row << shift | anything`) stably by `goesLeft[bin]`, 1 or 0: those for the left go to `left`, the others to
 * `right`. `left` may be `idx` itself. Returns how many went left.
 */
export function splitRows(column: usize, idx: usize, n: i32, shift: u32, goesLeft: usize, left: usize, right: usize): i32 {
  let l = left
  // What has not gone left has gone right: one pointer says where the other is.
  let both = left + right
  for (const end = idx + ((<usize>n) << 2); idx < end; idx += 4) {
    const entry = load<u32>(idx)
    const goes = <usize>load<u8>(goesLeft + <usize>load<u8>(column + <usize>(entry >> shift)))
    // Both places are written and one pointer moves: no branch to mispredict.
    store<u32>(l, entry)
    store<u32>(both - l, entry)
    l += goes << 2
    both += 4
  }
  return <i32>((l - left) >> 2)
}

/** Writes the row numbers 0..n-1. Up to a multiple of four may be written. */
export function numberRows(idx: usize, n: i32): void {
  let numbers = i32x4(0, 1, 2, 3)
  for (let i: i32 = 0; i < n; i += 4) {
    v128.store(idx + ((<usize>i) << 2), numbers)
    numbers = i32x4.add(numbers, i32x4.splat(4))
  }
}

/** `to[i] = pairs[idx[i]]`, 8 bytes each. */
export function gather(pairs: usize, idx: usize, n: i32, to: usize): void {
  for (const end = idx + ((<usize>n) << 2); idx < end; idx += 4, to += 8) {
    store<u64>(to, load<u64>(pairs + ((<usize>load<u32>(idx)) << 3)))
  }
}

/** `to[i] = bytes[idx[i]]`. */
export function gatherBytes(bytes: usize, idx: usize, n: i32, to: usize): void {
  for (let i: i32 = 0; i < n; i++) store<u8>(to + <usize>i, load<u8>(bytes + <usize>load<u32>(idx + ((<usize>i) << 2))))
}

/** Adds `value` to the double of each row; scores of a row stand `stride` bytes apart. */
export function addToScores(scores: usize, stride: i32, idx: usize, n: i32, value: f64): void {
  const end = idx + ((<usize>n) << 2)
  if (stride === 8) {
    for (; idx < end; idx += 4) addTo(scores + ((<usize>load<u32>(idx)) << 3), value)
    return
  }
  for (; idx < end; idx += 4) addTo(scores + <usize>load<u32>(idx) * <usize>stride, value)
}

function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value)
}

export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes)
}

export function copy(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes)
}

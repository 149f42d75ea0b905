// Sorting a sample of a column and turning values into bin numbers.

/** Sorts n float32 in place, ascending by their bits (-0 before 0): a radix sort of four bytes. `scratch` holds n floats and 1024 words. */
export function sortFloats(keys: usize, scratch: usize, n: i32): void {
  const counts = scratch + ((<usize>n) << 2)
  memory.fill(counts, 0, 4096)
  for (let i: i32 = 0; i < n; i++) {
    const at = keys + ((<usize>i) << 2)
    const bits = load<u32>(at)
    // A negative float turns over, a positive one gets the top bit: then unsigned order is the order of floats.
    const key = bits ^ (<u32>(<i32>bits >> 31) | 0x80000000)
    store<u32>(at, key)
    for (let b: i32 = 0; b < 4; b++) {
      const count = counts + ((<usize>((b << 8) | ((key >> (b << 3)) & 255))) << 2)
      store<u32>(count, load<u32>(count) + 1)
    }
  }
  let from = keys
  let to = scratch
  for (let b: i32 = 0; b < 4; b++) {
    const table = counts + ((<usize>b) << 10)
    let sum: u32 = 0
    let alone = false
    for (let v: i32 = 0; v < 256; v++) {
      const at = table + ((<usize>v) << 2)
      const count = load<u32>(at)
      if (count === <u32>n) alone = true
      store<u32>(at, sum)
      sum += count
    }
    // All keys share this byte.
    if (alone) continue
    const shift = <u32>(b << 3)
    for (let i: i32 = 0; i < n; i++) {
      const key = load<u32>(from + ((<usize>i) << 2))
      const at = table + ((<usize>((key >> shift) & 255)) << 2)
      const place = load<u32>(at)
      store<u32>(at, place + 1)
      store<u32>(to + ((<usize>place) << 2), key)
    }
    const swap = from
    from = to
    to = swap
  }
  for (let i: i32 = 0; i < n; i++) {
    const key = load<u32>(from + ((<usize>i) << 2))
    store<u32>(keys + ((<usize>i) << 2), key ^ (~(<u32>(<i32>key >> 31)) | 0x80000000))
  }
}

/**
 * Bins one column of n rows of a row-major block. `edges` are 256 floats, those behind the last edge infinite; a value gets the
 * number of edges below it. Returns whether a value was NaN.
 */
export function binColumn(x: usize, features: i32, n: i32, edges: usize, missingBin: i32, bins: usize): i32 {
  const stride = (<usize>features) << 2
  let missing: i32 = 0
  for (let i: i32 = 0; i < n; i++) {
    const value = load<f32>(x + <usize>i * stride)
    let p = edges
    p = select<usize>(p + 512, p, load<f32>(p, 508) < value)
    p = select<usize>(p + 256, p, load<f32>(p, 252) < value)
    p = select<usize>(p + 128, p, load<f32>(p, 124) < value)
    p = select<usize>(p + 64, p, load<f32>(p, 60) < value)
    p = select<usize>(p + 32, p, load<f32>(p, 28) < value)
    p = select<usize>(p + 16, p, load<f32>(p, 12) < value)
    p = select<usize>(p + 8, p, load<f32>(p, 4) < value)
    p = select<usize>(p + 4, p, load<f32>(p) < value)
    const isMissing = <i32>isNaN<f32>(value)
    missing |= isMissing
    store<u8>(bins + <usize>i, <u8>select<i32>(missingBin, <i32>((p - edges) >> 2), isMissing))
  }
  return missing
}

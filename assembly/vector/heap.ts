// The best rows seen so far: a heap of scores with the worst on top, and beside it the slots.

/** Takes a row that is better than the top, or any while there is room; returns the new count. */
export function push(scores: usize, slots: usize, size: i32, count: i32, score: f32, slot: i32): i32 {
  if (count < size) {
    let at = count
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = load<f32>(scores + ((<usize>parent) << 2))
      if (above <= score) break
      move(scores, slots, parent, at, above)
      at = parent
    }
    put(scores, slots, at, score, slot)
    return count + 1
  }
  let at: i32 = 0
  while (true) {
    let child = 2 * at + 1
    if (child >= size) break
    let below = load<f32>(scores + ((<usize>child) << 2))
    if (child + 1 < size) {
      const other = load<f32>(scores + ((<usize>(child + 1)) << 2))
      if (other < below) {
        child++
        below = other
      }
    }
    if (below >= score) break
    move(scores, slots, child, at, below)
    at = child
  }
  put(scores, slots, at, score, slot)
  return count
}

/** What a row has to exceed. */
export function threshold(scores: usize, size: i32, count: i32): f32 {
  return count < size ? -Infinity : load<f32>(scores)
}

function move(scores: usize, slots: usize, from: i32, to: i32, score: f32): void {
  store<f32>(scores + ((<usize>to) << 2), score)
  store<i32>(slots + ((<usize>to) << 2), load<i32>(slots + ((<usize>from) << 2)))
}

function put(scores: usize, slots: usize, at: i32, score: f32, slot: i32): void {
  store<f32>(scores + ((<usize>at) << 2), score)
  store<i32>(slots + ((<usize>at) << 2), slot)
}

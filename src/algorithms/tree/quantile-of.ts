// The quantile of weighted numbers that minimises the pinball loss; for the median of an even number the middle of the two.

/**
 * The value at which the weights of smaller ones reach the share q; the mean of two neighbours when they reach it exactly between
 * them. Reorders `values`.
 */
export function quantileOf(values: Float64Array, q: number, weights?: Float64Array): number {
  return weights ? weightedQuantile(values, q, weights) : plainQuantile(values, q)
}

function plainQuantile(values: Float64Array, q: number): number {
  const n = values.length
  const place = q * n
  const upper = Math.min(n - 1, Math.floor(place))
  select(values, upper)
  const found = values[upper]!
  if (place !== upper || upper === 0) return found
  let below = values[0]!
  for (let i = 1; i < upper; i++) if (values[i]! > below) below = values[i]!
  return below / 2 + found / 2
}

/** Puts the value of rank k at its place, smaller ones before it (Hoare's quickselect, median of three). */
function select(values: Float64Array, k: number): void {
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    const [a, b, c] = [values[low]!, values[(low + high) >> 1]!, values[high]!]
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
    let [i, j] = [low, high]
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const value = values[i]!
      values[i++] = values[j]!
      values[j--] = value
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else return
  }
}

function weightedQuantile(values: Float64Array, q: number, weights: Float64Array): number {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b)
  let total = 0
  for (const i of order) total += weights[i]!
  const wanted = q * total
  let sum = 0
  for (let at = 0; at < order.length; at++) {
    sum += weights[order[at]!]!
    if (sum < wanted) continue
    const found = values[order[at]!]!
    const next = order[at + 1]
    return sum === wanted && next !== undefined ? found / 2 + values[next]! / 2 : found
  }
  return values[order.at(-1)!]!
}

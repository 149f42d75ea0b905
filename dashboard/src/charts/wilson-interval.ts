// Wilson's score interval of a share (Wilson 1927): holds near 0 and 1, where the normal one leaves the scale.

/** 0.975 quantile of the normal distribution: two-sided 95 %. */
const Z = 1.959963984540054

export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Share of `hits` in `total` with its 95 % interval; undefined for a total of 0, of which nothing is known. */
export function wilsonInterval(hits: number, total: number): Interval | undefined {
  if (!(total > 0)) return undefined
  const share = hits / total
  const shrink = 1 + (Z * Z) / total
  const centre = (share + (Z * Z) / (2 * total)) / shrink
  const half = (Z / shrink) * Math.sqrt((share * (1 - share)) / total + (Z * Z) / (4 * total * total))
  // Rounding leaves 1e-17 where the bound is exactly the end of the scale.
  return { value: share, low: hits === 0 ? 0 : centre - half, high: hits === total ? 1 : centre + half }
}

// The unit in which a series is fitted. The searches for the best weights stop at absolute differences and begin with absolute steps, as
// those of statsforecast do: a share of orders of 0.03, or an amount of 1e12, would stop where it began.

/** Series whose mean size is within are fitted as they are, digit for digit as statsforecast does. */
const USUAL = { least: 16, most: 2 ** 20 } as const
/** Others by a mean size from here to twice this. */
const MEASURED = 512

/**
 * A power of two, so that no digit changes, by which a series of unusual size is divided; 1 for others and for zeros.
 *
 * @param series  of sizes from 1e-100 to 1e100, or 0, as `checkedSeries` leaves it.
 */
export function unitOf(series: Float64Array): number {
  let mean = 0
  for (const value of series) mean += Math.abs(value) / series.length
  if (mean === 0 || (mean >= USUAL.least && mean <= USUAL.most)) return 1
  let unit = 1
  while (mean / unit >= 2 * MEASURED) unit *= 2
  while (mean / unit < MEASURED) unit /= 2
  return unit
}

// Quantiles of Student's t distribution, for intervals around what was measured a few times only.
// Source: the distribution function as a finite sum for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4), inverted by
// bisection of the angle atan(t / sqrt(degrees)).

/**
 * @param probability  above 0, below 1.
 * @param degrees      of freedom, a whole number from 1 on. Cost: O(degrees).
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (probability === 0.5) return 0
  // Both tails together; the share inside [-t, t] grows with the angle from 0 to 1.
  const outside = 2 * Math.min(probability, 1 - probability)
  let [low, high] = [0, Math.PI / 2]
  for (let round = 0; round < 100; round++) {
    const middle = (low + high) / 2
    if (shareOutside(middle, degrees) > outside) low = middle
    else high = middle
  }
  const size = Math.sqrt(degrees) * Math.tan(high)
  return probability < 0.5 ? -size : size
}

function shareOutside(angle: number, degrees: number): number {
  const cosine = Math.cos(angle)
  const even = degrees % 2 === 0
  let term = even ? 1 : cosine
  let sum = degrees === 1 ? 0 : term
  for (let power = even ? 2 : 3; power <= degrees - 2; power += 2) {
    term *= ((power - 1) / power) * cosine * cosine
    sum += term
  }
  const inside = even ? Math.sin(angle) * sum : (2 / Math.PI) * (angle + Math.sin(angle) * sum)
  return 1 - inside
}

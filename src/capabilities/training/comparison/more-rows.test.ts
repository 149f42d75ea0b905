import { describe, expect, test } from 'vitest'
import { createRng } from '../../../algorithms/math/rng.ts'
import { moreRowsFor } from './compare-held-out.ts'

describe('moreRowsFor', () => {
  // Reference: statsmodels 0.15.0 normal_sample_size_one_tail(0.1, 0.8, 0.025, std_null=1.0) = 784.888, as a script prints it:
  // python -c "from statsmodels.stats.power import *; print(normal_sample_size_one_tail(0.1, 0.8, 0.025, std_null=1.0))"
  test('asks for the rows that a paired test with 80 % power needs', () => {
    const rows = 200
    expect(moreRowsFor({ difference: 0.1, standardError: 1 / Math.sqrt(rows), rows })).toBe(785 - rows)
  })
  test('decides a true difference of that size in about 8 of 10 experiments with so many rows', () => {
    const rng = createRng(7)
    const [rows, difference] = [100, 0.2]
    const all = rows + moreRowsFor({ difference, standardError: 1 / Math.sqrt(rows), rows })!
    let decided = 0
    for (let experiment = 0; experiment < 2000; experiment++) {
      // Sums of 12 uniforms are near enough to normal.
      let sum = 0
      for (let row = 0; row < all; row++) {
        let draw = -6
        for (let each = 0; each < 12; each++) draw += rng.next()
        sum += difference + draw
      }
      if (Math.abs(sum / all) > 1.959964 / Math.sqrt(all)) decided++
    }
    expect(decided / 2000).toBeGreaterThan(0.77)
    expect(decided / 2000).toBeLessThan(0.83)
  })
  test('says nothing of no difference, and of one that a hundred times the rows would not decide', () => {
    expect(moreRowsFor({ difference: 0, standardError: 0.1, rows: 50 })).toBeNull()
    expect(moreRowsFor({ difference: 0.001, standardError: 0.1, rows: 50 })).toBeNull()
  })
})

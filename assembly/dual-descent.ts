// The inner loop of linear support vector machines on sparse rows.

/**
 * One pass of dual coordinate descent for squared hinges of p classes, each against all others (Hsieh et al. 2008, algorithm 1 with the
 * intercept as one more feature): the n rows of `order` in turn raise or lower their share of every class's coefficients, a row of p doubles
 * for each column of `w`, and of the p intercepts in `bias`. A row has p doubles of `alphas`, `diagonals` 1 / (2 C weight), and `inverses`
 * 1 / (its squares + 1 + diagonal).
 */
export function dualDescent(
  starts: usize,
  indices: usize,
  values: usize,
  order: usize,
  n: i32,
  w: usize,
  p: usize,
  bias: usize,
  labels: usize,
  alphas: usize,
  diagonals: usize,
  inverses: usize,
): void {
  const bytes = p << 3
  const zero = f64x2.splat(0)
  const one = f64x2.splat(1)
  for (let turn: i32 = 0; turn < n; turn++) {
    const row = <usize>load<u32>(order + ((<usize>turn) << 2))
    const begin = <usize>load<i32>(starts + (row << 2))
    const end = <usize>load<i32>(starts + (row << 2), 4)
    const label = <i32>load<u32>(labels + (row << 2))
    const diagonal = f64x2.splat(load<f64>(diagonals + (row << 3)))
    const inverse = f64x2.splat(load<f64>(inverses + (row << 3)))
    const line = alphas + row * bytes
    for (let t: usize = 0; t < bytes; t += 16) {
      let score = v128.load(bias + t)
      for (let at = begin; at < end; at++) {
        const from = w + <usize>load<u32>(indices + (at << 2)) * bytes + t
        score = f64x2.add(score, f64x2.mul(v128.load64_splat(values + (at << 3)), v128.load(from)))
      }
      const lane = <i32>(t >> 3)
      const sign = f64x2(lane === label ? 1 : -1, lane + 1 === label ? 1 : -1)
      const alpha = v128.load(line + t)
      const slope = f64x2.add(f64x2.sub(f64x2.mul(sign, score), one), f64x2.mul(diagonal, alpha))
      const next = f64x2.max(zero, f64x2.sub(alpha, f64x2.mul(slope, inverse)))
      const step = f64x2.mul(sign, f64x2.sub(next, alpha))
      if (!v128.any_true(f64x2.ne(step, zero))) continue
      v128.store(line + t, next)
      v128.store(bias + t, f64x2.add(v128.load(bias + t), step))
      for (let at = begin; at < end; at++) {
        const to = w + <usize>load<u32>(indices + (at << 2)) * bytes + t
        v128.store(to, f64x2.add(v128.load(to), f64x2.mul(v128.load64_splat(values + (at << 3)), step)))
      }
    }
  }
}

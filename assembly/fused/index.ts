// Products of all pairs of columns with multiplication and addition in one step, rounded once. Which processors have that step is not said
// by WebAssembly, so the module tells.

/** a x a less its rounded value: what rounding took away where the step is one, 0 where it is two. */
export function squareError(a: f64): f64 {
  const value = f64x2.splat(a)
  return f64x2.extract_lane(f64x2.relaxed_madd(value, value, f64x2.splat(-(a * a))), 0)
}

/** As `addGram` of assembly/gram.ts, panels and all; each sum keeps its order. */
export function addGram(panels: usize, stride: usize, n: i32, out: usize): void {
  const line = stride << 3
  const bytes = (<usize>n) << 5
  let left = panels
  for (let c: usize = 0; c < line; c += 32, left += bytes) {
    const target = out + (c >> 3) * line
    let right = panels
    for (let t: usize = 0; t <= c; t += 32, right += bytes) {
      let s0 = f64x2.splat(0)
      let t0 = s0
      let s1 = s0
      let t1 = s0
      let s2 = s0
      let t2 = s0
      let s3 = s0
      let t3 = s0
      for (let row: usize = 0; row < bytes; row += 32) {
        const x = v128.load(right + row)
        const y = v128.load(right + row, 16)
        let value = v128.load64_splat(left + row)
        s0 = f64x2.relaxed_madd(value, x, s0)
        t0 = f64x2.relaxed_madd(value, y, t0)
        value = v128.load64_splat(left + row, 8)
        s1 = f64x2.relaxed_madd(value, x, s1)
        t1 = f64x2.relaxed_madd(value, y, t1)
        value = v128.load64_splat(left + row, 16)
        s2 = f64x2.relaxed_madd(value, x, s2)
        t2 = f64x2.relaxed_madd(value, y, t2)
        value = v128.load64_splat(left + row, 24)
        s3 = f64x2.relaxed_madd(value, x, s3)
        t3 = f64x2.relaxed_madd(value, y, t3)
      }
      addTo(target + t, s0, t0)
      addTo(target + line + t, s1, t1)
      addTo(target + (line << 1) + t, s2, t2)
      addTo(target + line * 3 + t, s3, t3)
    }
  }
}

function addTo(at: usize, one: v128, two: v128): void {
  v128.store(at, f64x2.add(v128.load(at), one))
  v128.store(at, f64x2.add(v128.load(at, 16), two), 16)
}

// Products of all pairs of columns. Sums are taken row after row, so that a twin can give the same bytes.

/**
 * n rows of `columns` doubles, less `shift`, as the panels that `addGram` reads; a last panel is filled with zeros. Adds what is written to
 * `sums` by column; shift and sums have a multiple of four doubles.
 */
export function packPanels(rows: usize, columns: i32, n: i32, shift: usize, panels: usize, sums: usize): void {
  const line = (<usize>columns) << 3
  const whole = line & ~31
  let to = panels
  for (let c: usize = 0; c < whole; c += 32) {
    const x = v128.load(shift + c)
    const y = v128.load(shift + c, 16)
    let s = v128.load(sums + c)
    let t = v128.load(sums + c, 16)
    let from = rows + c
    for (let row: i32 = 0; row < n; row++, from += line, to += 32) {
      const one = f64x2.sub(v128.load(from), x)
      const two = f64x2.sub(v128.load(from, 16), y)
      s = f64x2.add(s, one)
      t = f64x2.add(t, two)
      v128.store(to, one)
      v128.store(to, two, 16)
    }
    v128.store(sums + c, s)
    v128.store(sums + c, t, 16)
  }
  if (whole === line) return
  memory.fill(to, 0, (<usize>n) << 5)
  for (let row: i32 = 0; row < n; row++, to += 32) {
    for (let c = whole; c < line; c += 8) {
      const value = load<f64>(rows + <usize>row * line + c) - load<f64>(shift + c)
      store<f64>(to + (c - whole), value)
      store<f64>(sums + c, load<f64>(sums + c) + value)
    }
  }
}

/**
 * Adds A'A to the lower half of `out`, `stride` doubles a row. A is given as panels of four columns, one behind the other, each with its four
 * doubles of n rows: both sides of a product are then read from end to end. Tiles of four columns by four are written whole.
 */
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
        s0 = f64x2.add(s0, f64x2.mul(value, x))
        t0 = f64x2.add(t0, f64x2.mul(value, y))
        value = v128.load64_splat(left + row, 8)
        s1 = f64x2.add(s1, f64x2.mul(value, x))
        t1 = f64x2.add(t1, f64x2.mul(value, y))
        value = v128.load64_splat(left + row, 16)
        s2 = f64x2.add(s2, f64x2.mul(value, x))
        t2 = f64x2.add(t2, f64x2.mul(value, y))
        value = v128.load64_splat(left + row, 24)
        s3 = f64x2.add(s3, f64x2.mul(value, x))
        t3 = f64x2.add(t3, f64x2.mul(value, y))
      }
      addTo(target + t, s0, t0)
      addTo(target + line + t, s1, t1)
      addTo(target + (line << 1) + t, s2, t2)
      addTo(target + line * 3 + t, s3, t3)
    }
  }
}

/** Adds two pairs of doubles to those at a place. */
export function addTo(at: usize, one: v128, two: v128): void {
  v128.store(at, f64x2.add(v128.load(at), one))
  v128.store(at, f64x2.add(v128.load(at, 16), two), 16)
}

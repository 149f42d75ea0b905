// Walks rows down the trees, eight walks at a time so that they do not wait for each other's loads: eight rows of a block down one tree,
// or one row down eight trees. A node has 16 bytes: offset of its feature in a row (bytes), threshold, offset of its left child (bytes;
// the right one follows), 1 where missing goes left. A leaf points at itself with the threshold infinity, so walks may take more steps
// than they need. Values of leaves are doubles at `values + offset / 2`.

// Steps are written out: as a function of its own the compiler calls them, which takes twice the time.

function add(to: usize, value: usize): void {
  store<f64>(to, load<f64>(to) + load<f64>(value))
}

/** Rows without missing values: n rows of `stride` bytes, with room up to a multiple of 8; adds the tree's value to doubles `outStride` bytes apart. */
export function walkKnown(
  nodes: usize,
  values: usize,
  root: usize,
  depth: i32,
  x: usize,
  stride: usize,
  n: i32,
  out: usize,
  outStride: usize,
): void {
  for (let i: i32 = 0; i < n; i += 8) {
    const r0 = x + <usize>i * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    const r4 = r3 + stride
    const r5 = r4 + stride
    const r6 = r5 + stride
    const r7 = r6 + stride
    let k0 = root
    let k1 = root
    let k2 = root
    let k3 = root
    let k4 = root
    let k5 = root
    let k6 = root
    let k7 = root
    for (let d: i32 = 0; d < depth; d++) {
      const a0 = nodes + k0
      const a1 = nodes + k1
      const a2 = nodes + k2
      const a3 = nodes + k3
      const a4 = nodes + k4
      const a5 = nodes + k5
      const a6 = nodes + k6
      const a7 = nodes + k7
      k0 = <usize>load<u32>(a0, 8) + ((<usize>(load<f32>(r0 + <usize>load<u32>(a0)) > load<f32>(a0, 4))) << 4)
      k1 = <usize>load<u32>(a1, 8) + ((<usize>(load<f32>(r1 + <usize>load<u32>(a1)) > load<f32>(a1, 4))) << 4)
      k2 = <usize>load<u32>(a2, 8) + ((<usize>(load<f32>(r2 + <usize>load<u32>(a2)) > load<f32>(a2, 4))) << 4)
      k3 = <usize>load<u32>(a3, 8) + ((<usize>(load<f32>(r3 + <usize>load<u32>(a3)) > load<f32>(a3, 4))) << 4)
      k4 = <usize>load<u32>(a4, 8) + ((<usize>(load<f32>(r4 + <usize>load<u32>(a4)) > load<f32>(a4, 4))) << 4)
      k5 = <usize>load<u32>(a5, 8) + ((<usize>(load<f32>(r5 + <usize>load<u32>(a5)) > load<f32>(a5, 4))) << 4)
      k6 = <usize>load<u32>(a6, 8) + ((<usize>(load<f32>(r6 + <usize>load<u32>(a6)) > load<f32>(a6, 4))) << 4)
      k7 = <usize>load<u32>(a7, 8) + ((<usize>(load<f32>(r7 + <usize>load<u32>(a7)) > load<f32>(a7, 4))) << 4)
    }
    let o = out + <usize>i * outStride
    add(o, values + (k0 >> 1))
    o += outStride
    add(o, values + (k1 >> 1))
    o += outStride
    add(o, values + (k2 >> 1))
    o += outStride
    add(o, values + (k3 >> 1))
    o += outStride
    add(o, values + (k4 >> 1))
    o += outStride
    add(o, values + (k5 >> 1))
    o += outStride
    add(o, values + (k6 >> 1))
    o += outStride
    add(o, values + (k7 >> 1))
  }
}

/** As `walkKnown` for rows with missing values. */
export function walkMissing(
  nodes: usize,
  values: usize,
  root: usize,
  depth: i32,
  x: usize,
  stride: usize,
  n: i32,
  out: usize,
  outStride: usize,
): void {
  for (let i: i32 = 0; i < n; i += 8) {
    const r0 = x + <usize>i * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    const r4 = r3 + stride
    const r5 = r4 + stride
    const r6 = r5 + stride
    const r7 = r6 + stride
    let k0 = root
    let k1 = root
    let k2 = root
    let k3 = root
    let k4 = root
    let k5 = root
    let k6 = root
    let k7 = root
    for (let d: i32 = 0; d < depth; d++) {
      const a0 = nodes + k0
      const a1 = nodes + k1
      const a2 = nodes + k2
      const a3 = nodes + k3
      const a4 = nodes + k4
      const a5 = nodes + k5
      const a6 = nodes + k6
      const a7 = nodes + k7
      const v0 = load<f32>(r0 + <usize>load<u32>(a0))
      const v1 = load<f32>(r1 + <usize>load<u32>(a1))
      const v2 = load<f32>(r2 + <usize>load<u32>(a2))
      const v3 = load<f32>(r3 + <usize>load<u32>(a3))
      const v4 = load<f32>(r4 + <usize>load<u32>(a4))
      const v5 = load<f32>(r5 + <usize>load<u32>(a5))
      const v6 = load<f32>(r6 + <usize>load<u32>(a6))
      const v7 = load<f32>(r7 + <usize>load<u32>(a7))
      const right0 = select<i32>(<i32>(load<u32>(a0, 12) === 0), <i32>(v0 > load<f32>(a0, 4)), <i32>isNaN<f32>(v0))
      k0 = <usize>load<u32>(a0, 8) + ((<usize>right0) << 4)
      const right1 = select<i32>(<i32>(load<u32>(a1, 12) === 0), <i32>(v1 > load<f32>(a1, 4)), <i32>isNaN<f32>(v1))
      k1 = <usize>load<u32>(a1, 8) + ((<usize>right1) << 4)
      const right2 = select<i32>(<i32>(load<u32>(a2, 12) === 0), <i32>(v2 > load<f32>(a2, 4)), <i32>isNaN<f32>(v2))
      k2 = <usize>load<u32>(a2, 8) + ((<usize>right2) << 4)
      const right3 = select<i32>(<i32>(load<u32>(a3, 12) === 0), <i32>(v3 > load<f32>(a3, 4)), <i32>isNaN<f32>(v3))
      k3 = <usize>load<u32>(a3, 8) + ((<usize>right3) << 4)
      const right4 = select<i32>(<i32>(load<u32>(a4, 12) === 0), <i32>(v4 > load<f32>(a4, 4)), <i32>isNaN<f32>(v4))
      k4 = <usize>load<u32>(a4, 8) + ((<usize>right4) << 4)
      const right5 = select<i32>(<i32>(load<u32>(a5, 12) === 0), <i32>(v5 > load<f32>(a5, 4)), <i32>isNaN<f32>(v5))
      k5 = <usize>load<u32>(a5, 8) + ((<usize>right5) << 4)
      const right6 = select<i32>(<i32>(load<u32>(a6, 12) === 0), <i32>(v6 > load<f32>(a6, 4)), <i32>isNaN<f32>(v6))
      k6 = <usize>load<u32>(a6, 8) + ((<usize>right6) << 4)
      const right7 = select<i32>(<i32>(load<u32>(a7, 12) === 0), <i32>(v7 > load<f32>(a7, 4)), <i32>isNaN<f32>(v7))
      k7 = <usize>load<u32>(a7, 8) + ((<usize>right7) << 4)
    }
    let o = out + <usize>i * outStride
    add(o, values + (k0 >> 1))
    o += outStride
    add(o, values + (k1 >> 1))
    o += outStride
    add(o, values + (k2 >> 1))
    o += outStride
    add(o, values + (k3 >> 1))
    o += outStride
    add(o, values + (k4 >> 1))
    o += outStride
    add(o, values + (k5 >> 1))
    o += outStride
    add(o, values + (k6 >> 1))
    o += outStride
    add(o, values + (k7 >> 1))
  }
}

/** One row without missing values down `trees` trees, a multiple of 8: `roots` are offsets, `depths` the deepest of each eight; writes the number of each leaf, 32 bits. */
export function walkRowKnown(nodes: usize, roots: usize, depths: usize, trees: i32, row: usize, leaves: usize): void {
  for (let t: i32 = 0; t < trees; t += 8) {
    const at = (<usize>t) << 2
    let k0 = <usize>load<u32>(roots + at)
    let k1 = <usize>load<u32>(roots + at, 4)
    let k2 = <usize>load<u32>(roots + at, 8)
    let k3 = <usize>load<u32>(roots + at, 12)
    let k4 = <usize>load<u32>(roots + at, 16)
    let k5 = <usize>load<u32>(roots + at, 20)
    let k6 = <usize>load<u32>(roots + at, 24)
    let k7 = <usize>load<u32>(roots + at, 28)
    const depth = load<i32>(depths + (at >> 3))
    for (let d: i32 = 0; d < depth; d++) {
      const a0 = nodes + k0
      const a1 = nodes + k1
      const a2 = nodes + k2
      const a3 = nodes + k3
      const a4 = nodes + k4
      const a5 = nodes + k5
      const a6 = nodes + k6
      const a7 = nodes + k7
      k0 = <usize>load<u32>(a0, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a0)) > load<f32>(a0, 4))) << 4)
      k1 = <usize>load<u32>(a1, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a1)) > load<f32>(a1, 4))) << 4)
      k2 = <usize>load<u32>(a2, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a2)) > load<f32>(a2, 4))) << 4)
      k3 = <usize>load<u32>(a3, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a3)) > load<f32>(a3, 4))) << 4)
      k4 = <usize>load<u32>(a4, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a4)) > load<f32>(a4, 4))) << 4)
      k5 = <usize>load<u32>(a5, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a5)) > load<f32>(a5, 4))) << 4)
      k6 = <usize>load<u32>(a6, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a6)) > load<f32>(a6, 4))) << 4)
      k7 = <usize>load<u32>(a7, 8) + ((<usize>(load<f32>(row + <usize>load<u32>(a7)) > load<f32>(a7, 4))) << 4)
    }
    store<u32>(leaves + at, <u32>(k0 >> 4))
    store<u32>(leaves + at, <u32>(k1 >> 4), 4)
    store<u32>(leaves + at, <u32>(k2 >> 4), 8)
    store<u32>(leaves + at, <u32>(k3 >> 4), 12)
    store<u32>(leaves + at, <u32>(k4 >> 4), 16)
    store<u32>(leaves + at, <u32>(k5 >> 4), 20)
    store<u32>(leaves + at, <u32>(k6 >> 4), 24)
    store<u32>(leaves + at, <u32>(k7 >> 4), 28)
  }
}

/** As `walkRowKnown` for a row with missing values. */
export function walkRowMissing(nodes: usize, roots: usize, depths: usize, trees: i32, row: usize, leaves: usize): void {
  for (let t: i32 = 0; t < trees; t += 8) {
    const at = (<usize>t) << 2
    let k0 = <usize>load<u32>(roots + at)
    let k1 = <usize>load<u32>(roots + at, 4)
    let k2 = <usize>load<u32>(roots + at, 8)
    let k3 = <usize>load<u32>(roots + at, 12)
    let k4 = <usize>load<u32>(roots + at, 16)
    let k5 = <usize>load<u32>(roots + at, 20)
    let k6 = <usize>load<u32>(roots + at, 24)
    let k7 = <usize>load<u32>(roots + at, 28)
    const depth = load<i32>(depths + (at >> 3))
    for (let d: i32 = 0; d < depth; d++) {
      const a0 = nodes + k0
      const a1 = nodes + k1
      const a2 = nodes + k2
      const a3 = nodes + k3
      const a4 = nodes + k4
      const a5 = nodes + k5
      const a6 = nodes + k6
      const a7 = nodes + k7
      const v0 = load<f32>(row + <usize>load<u32>(a0))
      const v1 = load<f32>(row + <usize>load<u32>(a1))
      const v2 = load<f32>(row + <usize>load<u32>(a2))
      const v3 = load<f32>(row + <usize>load<u32>(a3))
      const v4 = load<f32>(row + <usize>load<u32>(a4))
      const v5 = load<f32>(row + <usize>load<u32>(a5))
      const v6 = load<f32>(row + <usize>load<u32>(a6))
      const v7 = load<f32>(row + <usize>load<u32>(a7))
      const right0 = select<i32>(<i32>(load<u32>(a0, 12) === 0), <i32>(v0 > load<f32>(a0, 4)), <i32>isNaN<f32>(v0))
      k0 = <usize>load<u32>(a0, 8) + ((<usize>right0) << 4)
      const right1 = select<i32>(<i32>(load<u32>(a1, 12) === 0), <i32>(v1 > load<f32>(a1, 4)), <i32>isNaN<f32>(v1))
      k1 = <usize>load<u32>(a1, 8) + ((<usize>right1) << 4)
      const right2 = select<i32>(<i32>(load<u32>(a2, 12) === 0), <i32>(v2 > load<f32>(a2, 4)), <i32>isNaN<f32>(v2))
      k2 = <usize>load<u32>(a2, 8) + ((<usize>right2) << 4)
      const right3 = select<i32>(<i32>(load<u32>(a3, 12) === 0), <i32>(v3 > load<f32>(a3, 4)), <i32>isNaN<f32>(v3))
      k3 = <usize>load<u32>(a3, 8) + ((<usize>right3) << 4)
      const right4 = select<i32>(<i32>(load<u32>(a4, 12) === 0), <i32>(v4 > load<f32>(a4, 4)), <i32>isNaN<f32>(v4))
      k4 = <usize>load<u32>(a4, 8) + ((<usize>right4) << 4)
      const right5 = select<i32>(<i32>(load<u32>(a5, 12) === 0), <i32>(v5 > load<f32>(a5, 4)), <i32>isNaN<f32>(v5))
      k5 = <usize>load<u32>(a5, 8) + ((<usize>right5) << 4)
      const right6 = select<i32>(<i32>(load<u32>(a6, 12) === 0), <i32>(v6 > load<f32>(a6, 4)), <i32>isNaN<f32>(v6))
      k6 = <usize>load<u32>(a6, 8) + ((<usize>right6) << 4)
      const right7 = select<i32>(<i32>(load<u32>(a7, 12) === 0), <i32>(v7 > load<f32>(a7, 4)), <i32>isNaN<f32>(v7))
      k7 = <usize>load<u32>(a7, 8) + ((<usize>right7) << 4)
    }
    store<u32>(leaves + at, <u32>(k0 >> 4))
    store<u32>(leaves + at, <u32>(k1 >> 4), 4)
    store<u32>(leaves + at, <u32>(k2 >> 4), 8)
    store<u32>(leaves + at, <u32>(k3 >> 4), 12)
    store<u32>(leaves + at, <u32>(k4 >> 4), 16)
    store<u32>(leaves + at, <u32>(k5 >> 4), 20)
    store<u32>(leaves + at, <u32>(k6 >> 4), 24)
    store<u32>(leaves + at, <u32>(k7 >> 4), 28)
  }
}

// Walks blocks of rows down the trees, four rows at a time so that their cache misses overlap. A node has 16 bytes: offset of its
// feature in a row (bytes), threshold, offset of its left child (bytes; the right one follows), 1 where missing goes left. A leaf
// points at itself with the threshold infinity, so every row may take the same number of steps. Values of leaves are doubles at
// `values + offset / 2`.

/** Rows without missing values: n rows of `stride` bytes; adds the tree's value to doubles `outStride` bytes apart. */
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
  for (let i: i32 = 0; i < n; i += 4) {
    const r0 = x + <usize>i * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    let k0 = root
    let k1 = root
    let k2 = root
    let k3 = root
    for (let d: i32 = 0; d < depth; d++) {
      const a0 = nodes + k0
      const a1 = nodes + k1
      const a2 = nodes + k2
      const a3 = nodes + k3
      k0 = <usize>load<u32>(a0, 8) + ((<usize>(load<f32>(r0 + <usize>load<u32>(a0)) > load<f32>(a0, 4))) << 4)
      k1 = <usize>load<u32>(a1, 8) + ((<usize>(load<f32>(r1 + <usize>load<u32>(a1)) > load<f32>(a1, 4))) << 4)
      k2 = <usize>load<u32>(a2, 8) + ((<usize>(load<f32>(r2 + <usize>load<u32>(a2)) > load<f32>(a2, 4))) << 4)
      k3 = <usize>load<u32>(a3, 8) + ((<usize>(load<f32>(r3 + <usize>load<u32>(a3)) > load<f32>(a3, 4))) << 4)
    }
    const o0 = out + <usize>i * outStride
    const o1 = o0 + outStride
    const o2 = o1 + outStride
    const o3 = o2 + outStride
    store<f64>(o0, load<f64>(o0) + load<f64>(values + (k0 >> 1)))
    store<f64>(o1, load<f64>(o1) + load<f64>(values + (k1 >> 1)))
    store<f64>(o2, load<f64>(o2) + load<f64>(values + (k2 >> 1)))
    store<f64>(o3, load<f64>(o3) + load<f64>(values + (k3 >> 1)))
  }
}

/** The right child of node `a` (16) or the left one (0), missing values on the side the node says. */
function turn(a: usize, row: usize): usize {
  const value = load<f32>(row + <usize>load<u32>(a))
  const right = select<i32>(<i32>(load<u32>(a, 12) === 0), <i32>(value > load<f32>(a, 4)), <i32>isNaN<f32>(value))
  return (<usize>right) << 4
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
  for (let i: i32 = 0; i < n; i += 4) {
    const r0 = x + <usize>i * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    let k0 = root
    let k1 = root
    let k2 = root
    let k3 = root
    for (let d: i32 = 0; d < depth; d++) {
      const a0 = nodes + k0
      const a1 = nodes + k1
      const a2 = nodes + k2
      const a3 = nodes + k3
      k0 = <usize>load<u32>(a0, 8) + turn(a0, r0)
      k1 = <usize>load<u32>(a1, 8) + turn(a1, r1)
      k2 = <usize>load<u32>(a2, 8) + turn(a2, r2)
      k3 = <usize>load<u32>(a3, 8) + turn(a3, r3)
    }
    const o0 = out + <usize>i * outStride
    const o1 = o0 + outStride
    const o2 = o1 + outStride
    const o3 = o2 + outStride
    store<f64>(o0, load<f64>(o0) + load<f64>(values + (k0 >> 1)))
    store<f64>(o1, load<f64>(o1) + load<f64>(values + (k1 >> 1)))
    store<f64>(o2, load<f64>(o2) + load<f64>(values + (k2 >> 1)))
    store<f64>(o3, load<f64>(o3) + load<f64>(values + (k3 >> 1)))
  }
}

// Whether every index in the nodes of a model lies in its range, without a branch on what a node holds: leaves and inner nodes stand in
// no order that a processor could foresee.

/**
 * Looks at n nodes, a multiple of 16, of which the first is number `first` of `nodes`. A leaf's place in its values counts where `places`
 * is not negative, its threshold where it is.
 *
 * @returns the number of leaves, or -1 when something is wrong
 */
export function checkNodes(
  feature: usize,
  left: usize,
  threshold: usize,
  missing: usize,
  n: i32,
  first: i32,
  nodes: i32,
  features: i32,
  places: i32,
): i32 {
  const one = i32x4.splat(1)
  const lastFeature = i32x4.splat(features - 1)
  const lastChild = i32x4.splat(nodes - 2)
  const lastPlace = i32x4.splat(places - 1)
  const hasPlaces = i32x4.splat(places < 0 ? 0 : -1)
  // Bits of the infinite float; those of a NaN are larger.
  const infinite = i32x4.splat(0x7f800000)
  const magnitude = i32x4.splat(0x7fffffff)
  let next = i32x4.add(i32x4.splat(first), i32x4(1, 2, 3, 4))
  let leaves = i32x4.splat(0)
  // The sign bit of a lane is set as soon as one of the differences is negative.
  let wrong = i32x4.splat(0)
  let directions = i32x4.splat(0)
  for (let i: usize = 0; i < <usize>n; i += 4) {
    const f = v128.load(feature + (i << 2))
    const l = v128.load(left + (i << 2))
    const size = v128.and(v128.load(threshold + (i << 2)), magnitude)
    const leaf = i32x4.shr_s(f, 31)
    const placed = v128.and(leaf, hasPlaces)
    leaves = i32x4.sub(leaves, leaf)
    wrong = v128.or(wrong, v128.or(i32x4.add(f, one), i32x4.sub(lastFeature, f)))
    const inner = v128.or(l, v128.or(i32x4.sub(l, next), i32x4.sub(lastChild, l)))
    wrong = v128.or(wrong, v128.andnot(inner, leaf))
    wrong = v128.or(wrong, v128.and(v128.or(l, i32x4.sub(lastPlace, l)), placed))
    wrong = v128.or(wrong, v128.andnot(i32x4.sub(i32x4.add(infinite, leaf), size), placed))
    next = i32x4.add(next, i32x4.splat(4))
  }
  for (let i: usize = 0; i < <usize>n; i += 16) directions = v128.or(directions, v128.load(missing + i))
  if (i32x4.bitmask(wrong) !== 0 || v128.any_true(v128.andnot(directions, i8x16.splat(1)))) return -1
  return i32x4.extract_lane(leaves, 0) + i32x4.extract_lane(leaves, 1) + i32x4.extract_lane(leaves, 2) + i32x4.extract_lane(leaves, 3)
}

// A line of more points than pixels, drawn as if it had them all: of each column of pixels the first, lowest, highest and last
// point stay (M4: Jugel, Jerzak, Hackenbroich, Markl 2014). Nothing is averaged, so no spike is lost.

interface Placed {
  readonly at: number
  readonly value: number
}

/** The points that decide what a line looks like in columns of one pixel; all of them when there are few. Points are in order of `at`. */
export function pixelColumns<Point extends Placed>(points: readonly Point[], x: (at: number) => number, widthPx: number): readonly Point[] {
  if (points.length <= widthPx * 4) return points
  const kept: Point[] = []
  let start = 0
  while (start < points.length) {
    const column = Math.floor(x(points[start]!.at))
    let lowest = start
    let highest = start
    let end = start + 1
    for (; end < points.length && Math.floor(x(points[end]!.at)) === column; end++) {
      if (points[end]!.value < points[lowest]!.value) lowest = end
      if (points[end]!.value > points[highest]!.value) highest = end
    }
    const [first, second] = lowest < highest ? [lowest, highest] : [highest, lowest]
    let last = -1
    for (const index of [start, first, second, end - 1]) {
      if (index > last) kept.push(points[index]!)
      last = Math.max(last, index)
    }
    start = end
  }
  return kept
}

// Dot products between the rows of two float matrices, by the kernel: matrices are copied to a heap and padded there with zeros.
import { createHeap, createHeapLayout, type Engine, viewsOf } from './heap.ts'
import { kernelsOn } from './kernels.ts'

export interface DotProducts {
  /**
   * `out[i * m + j]` = row i of `a` times row j of `b`.
   *
   * @param a    shape (n, d)
   * @param b    shape (m, d); absent: that of the call before, which had the same m and d.
   * @param out  shape (n, m)
   */
  rowsTimesRows(a: Float32Array, n: number, b: Float32Array | undefined, m: number, d: number, out: Float32Array): void
}

/** Grows to the largest matrices that it was given, and keeps that memory: 4 bytes a number. */
export function createDotProducts(engine?: Engine): DotProducts {
  let room = { a: 0, b: 0, out: 0 }
  let places = { a: 0, b: 0, out: 0 }
  let heap = createHeap(1024, engine)
  let { f32 } = viewsOf(heap)
  let kernels = kernelsOn(heap)

  const grow = (a: number, b: number, out: number): boolean => {
    if (a <= room.a && b <= room.b && out <= room.out) return false
    room = { a: Math.max(a, room.a), b: Math.max(b, room.b), out: Math.max(out, room.out) }
    const layout = createHeapLayout()
    places = { a: layout.take(room.a * 4), b: layout.take(room.b * 4), out: layout.take(room.out * 4) }
    const held = f32
    heap = createHeap(layout.bytes, engine)
    f32 = viewsOf(heap).f32
    kernels = kernelsOn(heap)
    return held !== f32
  }

  let kept: Float32Array | undefined
  return {
    rowsTimesRows(a, n, b, m, d, out) {
      const [rows, others, width] = [Math.ceil(n / 4) * 4, Math.ceil(m / 2) * 2, Math.ceil(d / 4) * 4]
      const hasMoved = grow(rows * width, others * width, rows * others)
      const right = b ?? (hasMoved ? kept : undefined)
      place(f32, places.a >>> 2, a, n, rows, d, width)
      if (right !== undefined) place(f32, places.b >>> 2, right, m, others, d, width)
      kept = b ?? kept
      kernels.floatDots(places.a, width, rows, places.b, width, others, width, places.out, others)
      const from = places.out >>> 2
      if (others === m) out.set(f32.subarray(from, from + n * m))
      else for (let row = 0; row < n; row++) out.set(f32.subarray(from + row * others, from + row * others + m), row * m)
    },
  }
}

function place(f32: Float32Array, to: number, matrix: Float32Array, n: number, rows: number, d: number, width: number): void {
  if (width === d) f32.set(matrix.subarray(0, n * d), to)
  else {
    for (let row = 0; row < n; row++) {
      f32.set(matrix.subarray(row * d, (row + 1) * d), to + row * width)
      f32.fill(0, to + row * width + d, to + (row + 1) * width)
    }
  }
  f32.fill(0, to + n * width, to + rows * width)
}

/** Shape (d, n) of a matrix of shape (n, d). */
export function transposeFloats(matrix: Float32Array, n: number, d: number, out: Float32Array = new Float32Array(n * d)): Float32Array {
  for (let row = 0; row < n; row++) for (let column = 0; column < d; column++) out[column * n + row] = matrix[row * d + column]!
  return out
}

// An adapter that learns, over vectors that were computed once.
import { createDotProducts, transposeFloats } from '../math/dot-products.ts'
import { createRng } from '../math/rng.ts'
import { type Adam, createAdam } from './adam.ts'
import { type Adapter, addBias, createAdapt } from './adapter.ts'
import { backThroughNormalize, normalizeRows, type TrainableEncoder } from './trainable-encoder.ts'

export interface TrainableAdapterOptions {
  /** Units of the hidden layer; 0 for a linear adapter. Default 0. */
  readonly hidden?: number
  /** Default 0. */
  readonly weightDecay?: number
  /** Of the weights of a hidden layer. Default 0. */
  readonly randomState?: number
}

export interface TrainableAdapter extends TrainableEncoder {
  readonly adapter: Adapter
}

interface Layer {
  readonly out: number
  readonly columns: number
  readonly weights: Float32Array
  readonly adam: Adam
}

interface Pass {
  readonly items: Int32Array
  readonly x: Float32Array
  /** After the rectifier; empty without a hidden layer. */
  readonly inner: Float32Array
  readonly units: Float32Array
  readonly lengths: Float32Array
}

/**
 * Starts as no change: the vectors come out as they went in.
 *
 * Cost of a pass: O(items x dimensions^2), or x dimensions x hidden; five times the parameters in memory beside the vectors.
 *
 * @param vectors  of the items, shape (items, dimensions), each of length 1.
 */
export function createTrainableAdapter(vectors: Float32Array, dimensions: number, options: TrainableAdapterOptions = {}): TrainableAdapter {
  const { hidden = 0, weightDecay = 0, randomState = 0 } = options
  const products = createDotProducts()
  const layerOf = (out: number, columns: number, weights: Float32Array = new Float32Array(out * columns)): Layer => ({
    ...{ out, columns, weights, adam: createAdam(weights, columns, { weightDecay }) },
  })
  const isLinear = hidden === 0
  const last = layerOf(dimensions, isLinear ? dimensions : hidden)
  const first = isLinear ? undefined : layerOf(hidden, dimensions, startWeights(hidden, dimensions, randomState))
  const bias = layerOf(1, isLinear ? dimensions : hidden)
  const adapter: Adapter = isLinear
    ? { kind: 'linear', dimensions, weights: last.weights, bias: bias.weights }
    : { kind: 'mlp', dimensions, hidden, inner: first!.weights, innerBias: bias.weights, outer: last.weights }
  const layers = [last, bias, ...(first === undefined ? [] : [first])]
  const adapt = createAdapt(adapter)
  let pass: Pass | undefined
  let kept = layers.map(({ weights }) => weights)

  const times = (input: Float32Array, n: number, { weights, out, columns }: Layer): Float32Array => {
    const result = new Float32Array(n * out)
    products.rowsTimesRows(input, n, weights, out, columns, result)
    return result
  }
  /** Adds the gradient of a layer's weights: what went out, transposed, times what came in. */
  const learn = (layer: Layer, gradient: Float32Array, input: Float32Array, n: number): void => {
    const sum = new Float32Array(layer.weights.length)
    products.rowsTimesRows(
      transposeFloats(gradient, n, layer.out),
      layer.out,
      transposeFloats(input, n, layer.columns),
      layer.columns,
      n,
      sum,
    )
    for (let at = 0; at < sum.length; at++) layer.adam.gradients[at]! += sum[at]!
  }
  const gather = (items: Int32Array): Float32Array => {
    const x = new Float32Array(items.length * dimensions)
    for (const [place, item] of items.entries()) {
      x.set(vectors.subarray(item * dimensions, (item + 1) * dimensions), place * dimensions)
    }
    return x
  }
  return {
    ...{ items: vectors.length / dimensions, dimensions, adapter },
    forward(items) {
      const x = gather(items)
      const n = items.length
      const inner = first === undefined ? new Float32Array() : times(x, n, first)
      if (first !== undefined) {
        addBias(inner, bias.weights)
        for (let at = 0; at < inner.length; at++) if (inner[at]! < 0) inner[at] = 0
      }
      const units = times(first === undefined ? x : inner, n, last)
      if (first === undefined) addBias(units, bias.weights)
      for (let at = 0; at < units.length; at++) units[at]! += x[at]!
      const lengths = new Float32Array(n)
      normalizeRows(units, dimensions, lengths)
      pass = { items, x, inner, units, lengths }
      return units
    },
    backward(gradient) {
      const { items, x, inner, units, lengths } = pass!
      const n = items.length
      backThroughNormalize(gradient, units, dimensions, lengths)
      if (first === undefined) {
        learn(last, gradient, x, n)
        addColumns(gradient, bias.adam.gradients)
        return
      }
      learn(last, gradient, inner, n)
      const back = new Float32Array(n * hidden)
      products.rowsTimesRows(gradient, n, transposeFloats(last.weights, dimensions, hidden), hidden, dimensions, back)
      for (let at = 0; at < back.length; at++) if (inner[at] === 0) back[at] = 0
      learn(first, back, x, n)
      addColumns(back, bias.adam.gradients)
    },
    step(learningRate) {
      for (const { adam } of layers) adam.step(learningRate)
    },
    encode: (items) => adapt(gather(items)),
    keep() {
      kept = layers.map(({ weights }) => weights.slice())
    },
    restore() {
      for (const [place, { weights }] of layers.entries()) weights.set(kept[place]!)
    },
  }
}

/** Uniform, of the variance that rectifiers keep (He et al. 2015). */
function startWeights(out: number, columns: number, randomState: number): Float32Array {
  const rng = createRng(randomState)
  const most = Math.sqrt(6 / columns)
  return Float32Array.from({ length: out * columns }, () => most * (2 * rng.next() - 1))
}

function addColumns(rows: Float32Array, sums: Float32Array): void {
  for (let from = 0; from < rows.length; from += sums.length) for (let at = 0; at < sums.length; at++) sums[at]! += rows[from + at]!
}

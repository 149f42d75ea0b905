// Adam with decoupled weight decay towards where the parameters started, not towards zero: what the base model knows is forgotten only for
// a gain. Sources: Kingma and Ba 2015; Loshchilov and Hutter 2019 (decoupled decay); Li et al. 2018 (decay towards the start).

export interface AdamOptions {
  /** Share of the way back to the start that a step of learning rate 1 would go. */
  readonly weightDecay: number
}

export interface Adam {
  readonly gradients: Float32Array
  /** Steps with `gradients` and clears them; given rows: of these alone, whose moments alone move. */
  step(learningRate: number, rows?: Iterable<number>): void
}

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.99, 1e-8]

/**
 * An optimiser of parameters that are changed in place.
 *
 * Cost: O(parameters stepped); four times the parameters in memory.
 *
 * @param width  parameters of a row.
 */
export function createAdam(parameters: Float32Array, width: number, { weightDecay }: AdamOptions): Adam {
  const start = weightDecay > 0 ? parameters.slice() : parameters
  const [first, second, gradients] = [0, 0, 0].map(() => new Float32Array(parameters.length)) as [Float32Array, Float32Array, Float32Array]
  let steps = 0
  const stepRange = (from: number, to: number, scale: number, correction: number, decay: number): void => {
    for (let at = from; at < to; at++) {
      const value = gradients[at]!
      gradients[at] = 0
      first[at] = BETA_1 * first[at]! + (1 - BETA_1) * value
      second[at] = BETA_2 * second[at]! + (1 - BETA_2) * value * value
      if (decay > 0) parameters[at]! -= decay * (parameters[at]! - start[at]!)
      parameters[at]! -= (scale * first[at]!) / (Math.sqrt(second[at]! * correction) + EPSILON)
    }
  }
  return {
    gradients,
    step(learningRate, rows) {
      steps++
      const scale = learningRate / (1 - BETA_1 ** steps)
      const correction = 1 / (1 - BETA_2 ** steps)
      const decay = learningRate * weightDecay
      if (rows === undefined) stepRange(0, parameters.length, scale, correction, decay)
      else for (const row of rows) stepRange(row * width, (row + 1) * width, scale, correction, decay)
    },
  }
}

// What the searches for a minimum take and give.

/** Value of the function at `point`; writes its gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number

export interface SearchOptions {
  /** Ends when no component of the gradient is larger. */
  readonly tolerance: number
  readonly maxIterations: number
  /** Called after each iteration; throwing ends the search. */
  readonly onIteration?: (iteration: number) => void
}

export interface Minimum {
  readonly point: Float64Array
  readonly value: number
  readonly iterations: number
  /** Whether the gradient is within the tolerance, or the value cannot be improved in double precision. */
  readonly converged: boolean
}

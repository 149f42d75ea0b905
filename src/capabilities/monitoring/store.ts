// The port to the running sums of predictions and outcomes.

export interface Span {
  readonly from: number
  /** Excluded. */
  readonly to: number
  readonly stepMs: number
}

export interface PredictionSums {
  readonly model: string
  /** Start of the step. */
  readonly at: number
  /** Empty when the fallback answered. */
  readonly version: string
  readonly predictions: number
}

export interface OutcomeSums extends Omit<PredictionSums, 'predictions'> {
  readonly outcomes: number
  readonly hits: number
  readonly error: number
  readonly errorSquares: number
}

export interface MonitoringStore {
  /** By step, version and latency bucket. */
  latencies(model: string, span: Span): Promise<readonly (PredictionSums & { readonly bucket: number })[]>
  /** By step and version; of one model or of all. */
  predictions(span: Span, model?: string): Promise<readonly PredictionSums[]>
  outcomes(span: Span, model?: string): Promise<readonly OutcomeSums[]>
  /** By tenth of the confidence. */
  calibration(
    model: string,
    span: Span,
  ): Promise<readonly { readonly outcomes: number; readonly hits: number; readonly confidence: number }[]>
  /** When the version in service of each model came into service. */
  activeSince(): Promise<ReadonlyMap<string, number>>
}

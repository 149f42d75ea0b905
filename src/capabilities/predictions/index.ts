// Predictions: answers, their log, and what came true.
export { type AskWorkers, type CompareAnswers, createAnswerComparison } from './comparison/compare-answers.ts'
export { HOUR_MS } from './hour-sums.ts'
export { latencyQuantile } from './latency-buckets.ts'
export {
  createPredictions,
  type ManyPredictions,
  type PredictionOptions,
  type Predictions,
  type PredictionsOptions,
} from './predictions.ts'
export type { LoggedPrediction, OutcomesAnswer, PredictAnswer, Prediction } from './schema.ts'

// The matching application.
export { FALLBACK_WEIGHTS, FEATURE_GROUPS, FEATURE_NAMES, type FeatureName, MatchFeatures, type MatchRow, matchModel } from './features.ts'
export { matching } from './matching.ts'
export { bayesAccuracy, LABEL_NOISE, type SimulatedMatch, simulate, trueChance } from './simulate.ts'

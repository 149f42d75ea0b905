// The matching application.
export { FALLBACK_WEIGHTS, FEATURE_GROUPS, FEATURE_NAMES, type FeatureName, MatchFeatures, type MatchRow, matchModel } from './features.ts'
export { matching } from './matching.ts'

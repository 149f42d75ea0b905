// Models: definitions, versions, aliases, who is in service.
export type { InTransaction, NewVersion, Switched } from './activation.ts'
export { ALGORITHMS, type AlgorithmName, algorithmsFor, listAlgorithms, usualAlgorithm } from './algorithms.ts'
export { BOOLEAN_CLASSES, type CheckedDefinition, checkDefinition, defineFromConfig } from './definition.ts'
export type { Fallback } from './fallback.ts'
export { dateNumber, describeFeature, type Feature, FLOAT32_LIMIT, MAX_CATEGORY_LENGTH, MAX_TEXT_LENGTH, valueProblem } from './feature.ts'
export {
  type CategoryTables,
  codesOf,
  createRowEncoder,
  type FeatureRow,
  MAX_ERRORS,
  numberOf,
  type RowEncoder,
  rowsError,
} from './feature-encoder.ts'
export { featureSchemaOf, MAX_FEATURES, parseFeatureSchema } from './feature-schema.ts'
export { type FittedModel, fittedOutputs, predictFitted, stepsOf, tellsUnseen } from './fitted-model.ts'
export { encodeModelFile, type LiveModel, type ModelHeader, openModelFile, type Scored } from './live-model.ts'
export { createModels, type Models, type ModelsOptions, type PageAnswer, type PageQuery, type Readiness } from './models.ts'
export { parameterErrors } from './parameter-rules.ts'
export { preparationErrors } from './preparation/preparation-rules.ts'
export type { NewRowsEvaluation, NewRowsSummary } from './reports/new-rows/schema.ts'
export { decodeSample, encodeSample, type SampleRows } from './reports/sample-file.ts'
export type { Card, Evaluation, FeatureProfile, Profile } from './reports/schema.ts'
export type { VersionReports } from './reports/store.ts'
export { isPythonOnly, PYTHON_LEARNERS, PYTHON_SETUP, type PythonLearner, runtimeErrors, trainingRuntime } from './runtime-rules.ts'
export type { Activation, Candidate, Model, ModelDefinition, Version } from './schema.ts'
export { type ModelLog, modelNotFound, type Serving, versionNotFound } from './serving.ts'
export type { Split, VersionSplit } from './split/schema.ts'
export { type AsideColumn, asideColumns } from './split/split-rules.ts'
export type { StoredVersion, VersionDetails } from './store.ts'
export { DEFAULT_EVERY_OUTCOMES } from './views.ts'

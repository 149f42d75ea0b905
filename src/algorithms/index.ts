// `tandem-ml/learn`: the algorithms alone, pure functions on typed arrays. No server, no database, no clock.

export { fitIsolationForest, type IsolationForest, type IsolationForestOptions, isolationScores } from './anomaly/isolation-forest.ts'
export { type ScoreSeriesOptions, type SeriesScores, scoreSeries } from './anomaly/score-series.ts'
export { applyBetaCalibration, type BetaCalibration, fitBetaCalibration } from './calibrate/beta-calibration.ts'
export {
  applyIsotonicCalibration,
  fitIsotonicCalibration,
  type IsotonicCalibration,
} from './calibrate/isotonic-calibration.ts'
export { residualQuantile } from './calibrate/residual-quantile.ts'
export {
  applySigmoidCalibration,
  fitSigmoidCalibration,
  type SigmoidCalibration,
  type SigmoidCalibrationOptions,
} from './calibrate/sigmoid-calibration.ts'
export { applyTemperature, fitTemperature, type TemperatureScaling } from './calibrate/temperature-scaling.ts'
export {
  type CardColumn,
  type CardTraining,
  type ClassShare,
  createModelCard,
  type ModelCard,
  type ModelCardInput,
  type ModelCardOptions,
} from './card/model-card.ts'
export { renderModelCard } from './card/render-model-card.ts'
export { type Slice, type SliceColumn, type SliceOptions, type SliceReport, worstSlices } from './card/worst-slices.ts'
export { fitGaussianMixture, type GaussianMixture, type GaussianMixtureOptions } from './cluster/fit-gaussian-mixture.ts'
export { fitHdbscan, type Hdbscan, type HdbscanOptions } from './cluster/fit-hdbscan.ts'
export { fitKMeans, type KMeansModel, type KMeansOptions } from './cluster/fit-k-means.ts'
export { fitMiniBatchKMeans, type MiniBatchKMeansOptions } from './cluster/fit-mini-batch-k-means.ts'
export { fitPca, type Pca, type PcaOptions, transformPca } from './cluster/fit-pca.ts'
export { fitTruncatedSvd, type TruncatedSvd, type TruncatedSvdOptions, transformTruncatedSvd } from './cluster/fit-truncated-svd.ts'
export type { MixtureParameters } from './cluster/mixture-pass.ts'
export type { CovarianceType } from './cluster/mixture-shape.ts'
export {
  gaussianMixtureScores,
  predictGaussianMixture,
  predictGaussianMixtureProba,
} from './cluster/predict-gaussian-mixture.ts'
export { predictKMeans } from './cluster/predict-k-means.ts'
export { type RfmInput, type RfmScores, type RfmSegment, rfmScores } from './cluster/rfm.ts'
export { type SilhouetteOptions, silhouetteSamples, silhouetteScore } from './cluster/silhouette.ts'
export type { Row } from './columns/cell.ts'
export type {
  ColumnSpec,
  DatePart,
  DateSpec,
  FittedColumn,
  FittedColumns,
  NumberSpec,
  NumberTreatment,
  OneHotSpec,
  OrdinalSpec,
  PassthroughSpec,
  TargetSpec,
  TextScoreSpec,
  TextSpec,
} from './columns/column-spec.ts'
export type { Preparation } from './columns/default-specs.ts'
export type { RowColumn } from './columns/row-table.ts'
export type { ReadDocument, TabularKind, TabularSet } from './columns/table.ts'
export {
  type ConformalCalibration,
  calibrateClasses,
  calibrateValues,
  calibrationRows,
  groupOf,
  highestPromise,
  intervalsAt,
  setsAt,
} from './conformal/conformal-calibration.ts'
export {
  type ConformalInterval,
  type ConformalIntervalOptions,
  conformalInterval,
  fitConformalInterval,
  fitConformalQuantiles,
  type ValueInterval,
} from './conformal/conformal-interval.ts'
export { conformalQuantile } from './conformal/conformal-quantile.ts'
export {
  type ConformalMethod,
  type ConformalSets,
  type ConformalSetsOptions,
  conformalSet,
  fitConformalSets,
} from './conformal/conformal-sets.ts'
export {
  type Change,
  type Counterfactual,
  type CounterfactualInput,
  type CounterfactualOptions,
  counterfactuals,
} from './explain/counterfactuals.ts'
export {
  type PartialDependence,
  type PartialDependenceInput,
  type PartialDependenceOptions,
  partialDependence,
} from './explain/partial-dependence.ts'
export {
  type PermutationImportance,
  type PermutationImportanceInput,
  type PermutationImportanceOptions,
  permutationImportance,
} from './explain/permutation-importance.ts'
export { createTreeExplainer, explainedScore, type TreeExplainer, type TreeShap, treeShap } from './explain/tree-shap.ts'
export { type Adapter, type AdaptVectors, createAdapt, type LinearAdapter, type MlpAdapter } from './fine-tune/adapter.ts'
export { type ExampleBatch, type Examples, labelledExamples, type PairSet, pairExamples } from './fine-tune/examples.ts'
export {
  type EpochJudgement,
  type FineTuneHistory,
  type FineTuneOptions,
  type FineTuneProgress,
  fineTuneEncoder,
  type Validation,
} from './fine-tune/fine-tune-encoder.ts'
export { judgeRetrieval, type RetrievalJudgement, type RetrievalMetrics, type RetrievalTask } from './fine-tune/judge-retrieval.ts'
export { createTrainableAdapter, type TrainableAdapter, type TrainableAdapterOptions } from './fine-tune/trainable-adapter.ts'
export type { TrainableEncoder } from './fine-tune/trainable-encoder.ts'
export { createTrainableTable, type TrainableTable } from './fine-tune/trainable-table.ts'
export { type Backtest, type BacktestInterval, type BacktestOptions, backtest } from './forecast/backtest.ts'
export {
  type ChooseOptions,
  type ChosenForecaster,
  chooseForecaster,
  type FitSeries,
  forecastMethods,
  type MethodComparison,
} from './forecast/choose-forecaster.ts'
export { type DecomposeOptions, type Decomposition, decompose } from './forecast/decompose.ts'
export type { EtsShape } from './forecast/ets-filter.ts'
export { type CrostonOptions, fitCroston, fitTsb, type TsbOptions } from './forecast/fit-croston.ts'
export { type EtsForecaster, type EtsOptions, fitEts, fitHolt, fitSes } from './forecast/fit-ets.ts'
export { decomposeMstl, fitMstl, type MstlDecomposition, type MstlForecaster, type MstlOptions } from './forecast/fit-mstl.ts'
export { fitTheta, type ThetaForm, type ThetaOptions } from './forecast/fit-theta.ts'
export { coverage, mase, smape } from './forecast/forecast-errors.ts'
export { type ForecastManyOptions, forecastMany, type SeriesForecast } from './forecast/forecast-many.ts'
export type { Forecast, Forecaster, PredictOptions } from './forecast/forecaster.ts'
export { fitDrift, fitNaive, fitSeasonalNaive } from './forecast/naive.ts'
export type { Interval, IntervalKind } from './forecast/prediction-intervals.ts'
export { interpolateGaps, type SeriesOptions } from './forecast/series-checks.ts'
export { type SpacedSeries, type Spacing, type SpacingOptions, spacedSeries, type TimedRow } from './forecast/spaced-series.ts'
export { type DecodedAdditive, decodeAdditive, encodeAdditive } from './format/additive-file.ts'
export { canonicalJson, type Json } from './format/canonical-json.ts'
export { type DecodedEnsemble, decodeEnsemble, encodeEnsemble, type ModelHeader } from './format/ensemble-file.ts'
export { exportTreesJson, importTreesJson } from './format/ensemble-json.ts'
export { exportOnnx, type OnnxOptions } from './format/export-onnx.ts'
export type { ImportedTrees } from './format/foreign-trees.ts'
export { importLightGbm } from './format/import-lightgbm.ts'
export { importOnnx, type OnnxTrees } from './format/import-onnx.ts'
export { importSklearn, type SklearnAdditive, type SklearnClass, type SklearnLinear, type SklearnTrees } from './format/import-sklearn.ts'
export { importXgBoost, type XgBoostOptions } from './format/import-xgboost.ts'
export { sha256, toHex } from './format/sha256.ts'
export { decodeTdm, encodeTdm, type SectionArray, type TdmContent, type TdmOptions } from './format/tdm.ts'
export type { DenseMatrix, FeatureMatrix } from './linear/feature-matrix.ts'
export { type ElasticNetOptions, fitElasticNet } from './linear/fit-elastic-net.ts'
export {
  fitLinearRegression,
  fitRidge,
  type LinearRegressionOptions,
  type RegressionSet,
  type RidgeOptions,
} from './linear/fit-linear-regression.ts'
export { fitLinearSvm, type LinearSvmOptions } from './linear/fit-linear-svm.ts'
export { fitLogisticRegression, type LogisticRegressionOptions } from './linear/fit-logistic-regression.ts'
export { decisionFunction, type LinearModel, predictLinear, predictLinearProba } from './linear/linear-model.ts'
export {
  fitNaiveBayes,
  type NaiveBayesModel,
  type NaiveBayesOptions,
  naiveBayesScores,
  predictNaiveBayesProba,
} from './linear/naive-bayes.ts'
export type { ClassWeight, LinearTrainingSet } from './linear/training-targets.ts'
export { type WeightedScore, weightedScore } from './linear/weighted-score.ts'
export { createRng, hashSeed, type Rng } from './math/rng.ts'
export { type AdaptiveCalibrationOptions, adaptiveCalibrationError } from './metrics/adaptive-calibration-error.ts'
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  meanOf,
  type PairedDifference,
  pairedDifference,
  type WeightedMetric,
} from './metrics/bootstrap.ts'
export { bootstrapMetrics } from './metrics/bootstrap-metrics.ts'
export {
  type Average,
  accuracyScore,
  type ClassScoreOptions,
  type ClassScores,
  f1Score,
  precisionRecallF1,
  precisionScore,
  recallScore,
} from './metrics/classification-scores.ts'
export { type ConfusionMatrix, type ConfusionOptions, confusionMatrix } from './metrics/confusion-matrix.ts'
export { type CurveOptions, type PrecisionRecallCurve, precisionRecallCurve, type RocCurve, rocCurve } from './metrics/curves.ts'
export { type ClassCurves, type ClassificationEvaluation, evaluateClassification } from './metrics/evaluate-classification.ts'
export { evaluateRegression, type RegressionEvaluation } from './metrics/evaluate-regression.ts'
export type { Numbers, WeightOption } from './metrics/input-checks.ts'
export {
  type BinOptions,
  brierLoss,
  expectedCalibrationError,
  logLoss,
  logLossPerRow,
  type ReliabilityCurve,
  reliabilityCurve,
} from './metrics/probability-scores.ts'
export { averagePrecisionScore, descendingOrder, type RankingOptions, rocAucScore } from './metrics/ranking-scores.ts'
export { meanAbsoluteError, r2Score, rootMeanSquaredError } from './metrics/regression-scores.ts'
export {
  type ClassificationReport,
  type ClassificationReportOptions,
  classificationReport,
  predictedClasses,
  type RegressionReport,
  regressionReport,
} from './metrics/reports.ts'
export { classificationMetrics, differenceOf, type ResampledMetrics, regressionMetrics } from './metrics/resampled-metrics.ts'
export { type ShareInterval, wilsonInterval } from './metrics/wilson-interval.ts'
export {
  type ColumnTransformer,
  createColumnTransformer,
  type FitColumnsOptions,
  type FittedRows,
  fitColumns,
} from './pipeline/column-transformer.ts'
export { exportPipelineOnnx } from './pipeline/export-pipeline-onnx.ts'
export {
  decodePipeline,
  denseFloats,
  encodePipeline,
  fitPipeline,
  type Pipeline,
  type PipelineModel,
  type PipelineOptions,
  type PreparedSet,
  predictPipeline,
} from './pipeline/pipeline.ts'
export { drawParameters, type ParameterRange, type ParameterSpace, type Parameters, type ParameterValue } from './search/parameter-space.ts'
export {
  type HalvingOptions,
  type SearchOptions,
  type SearchResult,
  searchHalving,
  searchRandom,
  type Trial,
} from './search/search-parameters.ts'
export { type CsrMatrix, checkCsrMatrix, csrFromDense, denseFromCsr, selectCsrRows, transposeCsr } from './sparse/csr-matrix.ts'
export { type CrossValidation, crossValidate } from './split/cross-validate.ts'
export { groupKFold, stratifiedGroupKFold } from './split/group-folds.ts'
export { type KFoldOptions, kFold, stratifiedKFold } from './split/k-fold.ts'
export { type RepeatedKFoldOptions, repeatedKFold, type ShuffleSplitOptions, shuffleSplit } from './split/shuffle-split.ts'
export { type TimeSeriesSplitOptions, timeSeriesSplit } from './split/time-series-split.ts'
export { type TrainTestSplit, type TrainTestSplitOptions, trainTestSplit } from './split/train-test-split.ts'
export type { AdditiveModel } from './tabular/additive-model.ts'
export { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from './tabular/fit-additive.ts'
export { type AdditiveExplanation, explainAdditive, predictAdditive } from './tabular/predict-additive.ts'
export { type CountVectorizer, type CountVectorizerOptions, createCountVectorizer, fitCountVectorizer } from './text/count-vectorizer.ts'
export { ENGLISH_STOP_WORDS } from './text/english-stop-words.ts'
export { createHashingVectorizer, type HashingVectorizer, type HashingVectorizerOptions } from './text/hashing-vectorizer.ts'
export { SCIKIT_LEARN_STOP_WORDS } from './text/scikit-learn-stop-words.ts'
export { type Analyzer, type AnalyzerOptions, createAnalyzer } from './text/text-analyzer.ts'
export { createTfidfVectorizer, fitTfidfVectorizer, type TfidfVectorizer, type TfidfVectorizerOptions } from './text/tfidf-vectorizer.ts'
export type { BoostingOptions, EarlyStopping, RegressionLoss } from './tree/boosting-options.ts'
export type { ClassWeight as TreeClassWeight } from './tree/class-weight.ts'
export { goesLeft, type TreeEnsemble, validateEnsemble } from './tree/ensemble.ts'
export { estimateBoostingBytes, estimateForestBytes, type TrainingShape } from './tree/estimate-training-bytes.ts'
export { fitBoostedTrees } from './tree/fit-boosted-trees.ts'
export { fitRandomForest } from './tree/fit-random-forest.ts'
export type { ForestOptions } from './tree/forest-options.ts'
export { outputCount, predictRow, predictRows } from './tree/predict.ts'
export type { ProgressOptions } from './tree/training-control.ts'
export type { TrainingSet } from './tree/training-set.ts'

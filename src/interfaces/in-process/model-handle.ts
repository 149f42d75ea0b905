// One model in this process, as the HTTP client shows it.
import { renderModelCard } from '../../algorithms/card/render-model-card.ts'
import type { Models } from '../../capabilities/models/index.ts'
import type { Monitoring } from '../../capabilities/monitoring/index.ts'
import type { CompareAnswers, Predictions } from '../../capabilities/predictions/index.ts'
import type { Training } from '../../capabilities/training/index.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'
import type { UntypedModelClient } from '../../tandem.ts'

export interface ModelHandleParts {
  readonly models: Models
  readonly training: Training
  readonly predictions: Predictions
  readonly monitoring: Monitoring
  readonly jobs: Jobs
  readonly compareAnswers: CompareAnswers
}

export function createModelHandle(
  name: string,
  { models, training, predictions, monitoring, compareAnswers }: ModelHandleParts,
): UntypedModelClient {
  return {
    name,
    predict: async (features, options) => predictions.predict(name, features, options),
    async predictMany(rows, options) {
      const { predictions: answers } = await predictions.predictMany(name, rows, options)
      return answers
    },
    train: (rows, options) => training.train(name, rows, options),
    startTraining: (rows, options) => training.start(name, rows, options),
    retrain: (options) => training.retrain(name, options),
    startRetraining: (options) => training.startAgain(name, options),
    explain: (features, options) => predictions.explain(name, features, options),
    recordOutcomes: (outcomes) => predictions.recordOutcomes(name, outcomes),
    performance: (options) => monitoring.modelPerformance(name, options?.window),
    predictions: (filter) => predictions.list(name, filter),
    prediction: (id) => predictions.get(name, id),
    get: () => models.get(name),
    versions: (options) => models.listVersions(name, options),
    version: (version) => models.getVersion(name, version),
    evaluation: (version) => models.evaluation(name, version),
    evaluate: (version, rows, options) => training.evaluate(name, version, rows, options),
    evaluations: (version) => models.newRows.list(name, version),
    evaluationOn: (version, id) => models.newRows.get(name, version, id),
    deleteEvaluation: (version, id) => models.newRows.delete(name, version, id),
    profile: (version) => models.profile(name, version),
    partialDependence: (feature, options) => training.whatIf.partialDependence(name, feature, options),
    counterfactuals: (features, options) => training.whatIf.counterfactuals(name, features, options),
    card: (version) => models.card(name, version),
    cardMarkdown: async (version) => renderModelCard(await models.card(name, version)),
    compare: (options) => training.compare(name, options),
    compareAnswers: (input, options) => compareAnswers(name, input, options?.signal),
    importVersion: async (file, options) => (await training.interchange.take(name, file, options)).version,
    exportVersion: (version, options) => training.interchange.give(name, version, options?.format ?? 'tdm'),
    activate: async (version, options) => void (await models.activate(name, version, options)),
    rollback: (options) => models.rollback(name, options),
    deleteVersion: (version) => models.deleteVersion(name, version),
    activations: (options) => models.listActivations(name, options),
    async aliases() {
      const { items } = await models.listAliases(name)
      return Object.fromEntries(items.map(({ alias, version }) => [alias, version]))
    },
    setAlias: async (alias, version) => void (await models.setAlias(name, alias, version)),
    deleteAlias: (alias) => models.deleteAlias(name, alias),
  }
}

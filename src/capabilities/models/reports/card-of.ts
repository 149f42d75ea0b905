// The card as it is read: what the training measured, and beside it what later rows said. Of a version that was taken over from a file the
// newest evaluation on rows that were sent is all there is.
import { type ModelCard, observedLimits } from '../../../algorithms/card/model-card.ts'
import type { StoredVersion } from '../store.ts'
import type { NewRowsEvaluation, NewRowsSummary } from './new-rows/schema.ts'
import type { Card } from './schema.ts'

export interface CardParts {
  readonly card: ModelCard | undefined
  /** Newest first. */
  readonly judged: readonly NewRowsSummary[]
  /** The newest of them, where there is no card. */
  readonly newest: NewRowsEvaluation | undefined
}

/** Undefined: nothing was measured. */
export function cardOf(stored: StoredVersion, { card, judged, newest }: CardParts): Card | undefined {
  const { model, version, createdAt } = stored
  const made = card ?? (newest && importedCard(stored, newest))
  if (made === undefined) return undefined
  const newRows = judged.map(({ id, name, createdAt: at, rows, knownRows, intervals, weight }) => ({
    ...{ id, name, createdAt: at, rows, knownRows },
    ...(weight === undefined ? {} : { weight }),
    metrics: intervals,
  }))
  return {
    ...{ model, version, createdAt: new Date(createdAt).toISOString() },
    ...(made as Omit<Card, 'model' | 'version' | 'createdAt'>),
    ...(newRows.length > 0 ? { newRows } : {}),
  }
}

function importedCard({ model, algorithm, details }: StoredVersion, on: NewRowsEvaluation): ModelCard {
  const { imported, task, target, features, permutationImportances: _, libraryVersion } = details
  const classes = Object.entries(on.classification?.labels ?? {}).map(([label, rows]) => ({ label, rows }))
  return {
    ...{ name: model, algorithm: algorithm.replaceAll('-', ' '), task, target },
    imported: imported?.format ?? 'unknown',
    data: {
      ...{ trainingRows: 0, judgedRows: on.rows, skippedRows: on.skippedRows, classes },
      ...(on.weight === undefined ? {} : { weight: on.weight }),
      features: Object.keys((features as { properties?: object }).properties ?? {}),
    },
    metrics: on.intervals,
    coverage: null,
    weakSpots: on.weakSpots,
    limits: [
      'It was trained elsewhere: the rows it learned from are not known here, and neither is whether those that judged it were among them.',
      ...observedLimits(on.rows, classes),
      'It can promise no coverage: that needs rows which its training kept apart.',
    ],
    trained: { parameters: details.parameters, seed: details.seed, libraryVersion, durationMs: details.durationMs },
  }
}

// The card of a version: put together from what its training measured anyway.
import { type ModelCard, observedLimits } from '../../algorithms/card/model-card.ts'
import type { VersionDetails, VersionReports } from '../models/index.ts'
import { heldOutWords } from './shown-split.ts'
import type { Judgement } from './tasks.ts'

export interface VersionCardInput {
  readonly model: string
  readonly algorithm: string
  readonly description: string | undefined
  readonly details: Omit<VersionDetails, 'parent' | 'gate' | 'durationMs'>
  readonly durationMs: number
  readonly skippedRows: number
  readonly judgement: Judgement
  readonly profile: VersionReports['profile']
}

type Column = VersionReports['profile']['features'][number]

/** More of it is a guess. */
const MUCH_MISSING = 0.5
/** Shares of classes farther apart make accuracy say little. */
const RARE_SHARE = 0.1
const SHOWN_VALUES = 5

export function versionCard(input: VersionCardInput): ModelCard {
  const { model, algorithm, description, details, durationMs, skippedRows, judgement, profile } = input
  const { evaluation, weakSpots } = judgement
  const counts = evaluation.classification?.labels ?? {}
  const classes = Object.entries(counts).map(([label, rows]) => ({ label, rows }))
  return {
    name: model,
    algorithm: algorithm.replaceAll('-', ' '),
    task: details.task,
    ...(description === undefined ? {} : { description }),
    target: details.target,
    data: {
      trainingRows: profile.rows,
      judgedRows: evaluation.rows,
      skippedRows,
      fingerprint: details.dataFingerprint,
      ...(details.split === undefined
        ? {}
        : { heldOut: heldOutWords(details.split, { heldOut: details.holdoutRows, count: details.rows }) }),
      ...(details.weight === undefined ? {} : { weight: details.weight }),
      features: profile.features.map(({ name }) => name),
      classes,
      columns: profile.features.map((column) => ({
        name: column.name,
        kind: column.kind,
        missing: column.missing,
        values: valuesOf(column),
        importance: details.permutationImportances[column.name]?.mean ?? 0,
      })),
    },
    metrics: evaluation.intervals,
    crossValidation: details.crossValidation,
    coverage: evaluation.coverage ?? null,
    weakSpots,
    limits: [...observedLimits(evaluation.rows, classes), ...limitsOf(input, classes)],
    trained: { parameters: details.parameters, seed: details.seed, libraryVersion: details.libraryVersion, durationMs },
  }
}

function valuesOf({ minimum, maximum, earliest, latest, categories, distinct, kind }: Column): string {
  if (earliest !== undefined && latest !== undefined) return `${earliest} to ${latest}`
  if (minimum !== undefined && maximum !== undefined) return minimum === maximum ? `only ${minimum}` : `${minimum} to ${maximum}`
  if (categories === undefined) return kind === 'text' ? 'free text' : ''
  const shown = categories.slice(0, SHOWN_VALUES).map(({ value }) => value)
  const more = (distinct ?? shown.length) - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** What the measured numbers forbid to conclude, each with its number. */
function limitsOf(
  { profile, judgement, skippedRows, details }: VersionCardInput,
  classes: readonly { label: string; rows: number }[],
): string[] {
  const total = classes.reduce((sum, { rows }) => sum + rows, 0)
  const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
  const { coverage } = judgement.evaluation
  return [
    ...profile.features
      .filter(({ missing }) => missing > MUCH_MISSING)
      .map(({ name, missing }) => `"${name}" is missing in ${percent(missing)} of the training rows.`),
    ...profile.features
      .filter(({ minimum, maximum, distinct }) => (minimum !== undefined && minimum === maximum) || distinct === 1)
      .map(({ name }) => `"${name}" has one value in all training rows: nothing was learned of any other.`),
    ...classes
      .filter(({ rows }) => rows / total < RARE_SHARE && classes.length === 2)
      .map(({ label, rows }) => `Only ${percent(rows / total)} of the judged rows are "${label}": accuracy says little, look at recall.`),
    ...(coverage === null ? ['It can promise no coverage: too few rows were left to measure how often it is right.'] : []),
    ...(skippedRows > 0
      ? [
          `${skippedRows} rows were left out because they lack the target, do not fit the features${details.weight === undefined ? '' : ' or have the weight 0'}.`,
        ]
      : []),
    'It holds for rows like those it learned from. Categories that were not among them count as rare ones, or as missing where trees split by order.',
  ]
}

// The answer to "what is in this table?": its columns, what to beware of, and a definition for a target.

import { isMissingText } from '../../algorithms/columns/cell-text.ts'
import { TandemError } from '../../errors.ts'
import { describeColumn, FEWEST_FOR_NOTES } from './describe-column.ts'
import { inferDefinition } from './infer-definition.ts'
import type { Column, ColumnChoices, Inspection, TableWarning } from './schema.ts'
import { judgeSinglePredictor } from './single-predictor.ts'
import type { Survey } from './table-survey.ts'
import { classWarnings, tableWarnings } from './table-warnings.ts'

/** Skill above which a column alone is too good to be true. */
const LEAK = { classification: 0.98, regression: 0.995 } as const

export interface InspectionOptions {
  readonly target?: string
  readonly choices?: ColumnChoices
}

/** @throws `target_missing`, `too_few_classes`, `invalid_input` where no model can be defined for the target. */
export function inspect(survey: Survey, options: InspectionOptions = {}): Inspection {
  return look(survey, options, (error) => {
    throw error
  })
}

/** As `inspect`; what stands in the way of a definition is a warning. */
export function inspectLeniently(survey: Survey, options: InspectionOptions = {}): Inspection {
  return look(survey, options, (error): TableWarning => {
    const { target } = options
    return { ...(target === undefined ? {} : { column: target }), code: 'no_model', message: error.message }
  })
}

function look(
  { rows, ...survey }: Survey,
  { target, choices }: InspectionOptions,
  refuse: (error: TandemError) => TableWarning,
): Inspection {
  const sample = survey.sample.map((row) => JSON.parse(row) as string[])
  const columns = survey.columns.map((notes) => describeColumn(notes, rows, survey.columns.length))
  const warnings = tableWarnings({ rows, ...survey }, columns, sample)
  if (target === undefined) return { rows, columns, warnings }
  const leftOut = new Set<string>()
  const links = linksTo(target, columns, sample, rows)
  for (const { index, name, code, note } of links) {
    if (code === 'same_as_target') {
      leftOut.add(name)
      columns[index] = { ...columns[index]!, note }
    }
    warnings.push({ column: name, code, message: note })
  }
  try {
    const definition = inferDefinition(target, columns, survey.columns, { ...(choices ? { choices } : {}), leftOut })
    if (definition.task === 'classification') {
      const place = columns.findIndex(({ name }) => name === target)
      warnings.push(...classWarnings(columns[place]!, survey.columns[place]!))
    }
    return { rows, columns, warnings, definition: definition as Inspection['definition'] }
  } catch (error) {
    if (!TandemError.is(error)) throw error
    return { rows, columns, warnings: [...warnings, refuse(error)] }
  }
}

interface Link {
  readonly index: number
  readonly name: string
  readonly code: 'same_as_target' | 'leaks_target'
  readonly note: string
}

/** Columns that say what the target is: one with one in other words, or alone nearly without fault. */
function linksTo(target: string, columns: readonly Column[], sample: readonly (readonly string[])[], rows: number): Link[] {
  const place = columns.findIndex(({ name }) => name === target)
  const about = columns[place]
  if (about === undefined || rows < FEWEST_FOR_NOTES || ['empty', 'constant'].includes(about.kind)) return []
  const regression = about.kind === 'number' || (about.kind === 'integer' && about.distinct > 20)
  return columns.flatMap(({ name, kind, distinct }, index): Link[] => {
    if (index === place || !['number', 'integer', 'boolean', 'category'].includes(kind)) return []
    const pairs = sample.flatMap((row): [string, string][] => {
      const [value = '', label = ''] = [row[index], row[place]]
      return value === '' || label === '' || (regression && isMissingText(label)) ? [] : [[value, label]]
    })
    if (distinct > 1 && distinct < 500 && isPaired(pairs)) {
      return [
        {
          index,
          name,
          code: 'same_as_target',
          note: `Says the same as "${target}" in other words; left out, because it is not known beforehand.`,
        },
      ]
    }
    const task = regression ? 'regression' : 'classification'
    const judged = judgeSinglePredictor(pairs, { numeric: kind === 'number' || kind === 'integer', task })
    if (judged === undefined || judged.skill < LEAK[task]) return []
    const how = regression
      ? `explains ${(judged.skill * 100).toPrecision(4)} % of the spread of "${target}"`
      : `tells "${target}" in ${(judged.accuracy * 100).toPrecision(4)} % of ${judged.rows} rows`
    return [
      { index, name, code: 'leaks_target', note: `"${name}" alone ${how}. If it is only known together with "${target}", leave it out.` },
    ]
  })
}

function isPaired(pairs: readonly (readonly [string, string])[]): boolean {
  const [there, back] = [new Map<string, string>(), new Map<string, string>()]
  for (const [value, label] of pairs) {
    const [known, from] = [there.get(value), back.get(label)]
    if ((known !== undefined && known !== label) || (from !== undefined && from !== value)) return false
    there.set(value, label)
    back.set(label, value)
  }
  return there.size > 1
}

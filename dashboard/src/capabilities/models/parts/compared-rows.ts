// A comparison as rows of a chart and of a table.
import type { ChartTableData } from '../../../charts/chart-table.tsx'
import type { WhiskerRow } from '../../../charts/dot-whisker.tsx'
import { chartText } from '../../../text/charts.ts'
import { versionsText } from '../../../text/models.ts'
import { ABSENT } from '../../../ui/format.ts'
import type { Metric } from '../metrics.ts'
import type { NameOf } from '../version-names.ts'
import type { Compared } from './verdict.ts'

const WORDS = { better: versionsText.better, worse: versionsText.worse, undecided: versionsText.undecided } as const

/** The reference first, the others as they come. */
export function whiskerRows(versions: readonly Compared[], reference: string, nameOf: NameOf): WhiskerRow[] {
  const rows = versions.map(({ version, difference, low, high, decided }): WhiskerRow => {
    const isReference = version === reference
    return {
      key: version,
      name: nameOf(version),
      detail: isReference ? versionsText.reference : WORDS[decided],
      value: difference,
      low,
      high,
      reference: isReference,
      hollow: decided === 'undecided',
      verdict: isReference ? undefined : WORDS[decided],
    }
  })
  return [...rows.filter((row) => row.reference), ...rows.filter((row) => !row.reference)]
}

export function comparedTable(
  versions: readonly Compared[],
  reference: string,
  { title, unit, difference }: Metric,
  nameOf: NameOf,
): ChartTableData {
  return {
    columns: [chartText.version, title, chartText.difference, chartText.interval, chartText.verdict],
    rows: versions.map(({ version, value, difference: by, low, high, decided }) => {
      const isReference = version === reference
      return [
        nameOf(version),
        unit.format(value),
        isReference ? ABSENT : difference.format(by),
        isReference ? ABSENT : chartText.from(difference.format(low), difference.format(high)),
        isReference ? versionsText.reference : WORDS[decided],
      ]
    }),
  }
}

// What a version promises at each coverage, and how often it kept it on the held-out rows.
import { type ReactNode, useMemo } from 'react'
import type { Coverage } from '../../../../../src/capabilities/models/reports/schema.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { DotWhisker, type WhiskerRow } from '../../../charts/dot-whisker.tsx'
import { SHARE } from '../../../charts/unit.ts'
import { coverageText as words } from '../../../text/trust.ts'
import { Card } from '../../../ui/card.tsx'
import { formatNumber, formatShare } from '../../../ui/format.ts'

interface CoverageCardsProps {
  /** Null: none could be measured. */
  readonly coverage: Coverage | null
  /** Held-out rows. */
  readonly rows: number
}

const MAIN_LEVEL = 0.9

export function CoverageCards({ coverage, rows }: CoverageCardsProps): ReactNode {
  if (coverage === null) {
    return (
      <Card title={words.levels} className="xl:col-span-12">
        <p className="text-muted">{words.none}</p>
      </Card>
    )
  }
  return (
    <>
      <Levels coverage={coverage} rows={rows} />
      <Parts coverage={coverage} />
    </>
  )
}

function Levels({ coverage, rows }: { readonly coverage: Coverage; readonly rows: number }): ReactNode {
  const shown = useMemo(
    () =>
      coverage.levels.map(({ coverage: asked, value, low, high, size, single }): WhiskerRow => {
        const detail = single === undefined ? words.width(formatNumber(size)) : words.classes(formatNumber(size), formatShare(single, 0))
        return {
          key: String(asked),
          name: words.asked(formatShare(asked, 0)),
          detail,
          value,
          low,
          high,
          hollow: low <= asked && asked <= high,
        }
      }),
    [coverage],
  )
  return (
    <ChartCard
      className="xl:col-span-6"
      title={words.levels}
      subtitle={words.levelsSubtitle(rows)}
      height={shown.length * 36 + 24}
      table={() => tableOf(shown)}
      footer={words.foot(coverage.calibrationRows, formatShare(coverage.highest, 1))}
    >
      <DotWhisker label={words.levels} rows={shown} unit={SHARE} name={words.kept} />
    </ChartCard>
  )
}

function Parts({ coverage }: { readonly coverage: Coverage }): ReactNode {
  const { parts, method } = coverage
  const title = words.parts(formatShare(MAIN_LEVEL, 0))
  const shown = useMemo(
    () =>
      parts.map(({ part, rows, value, low, high, size }): WhiskerRow => {
        const mean = formatNumber(size)
        const detail = words.rows(rows, method === 'lac' ? words.sizeOfSet(mean) : words.sizeOfInterval(mean))
        return { key: part, name: part, detail, value, low, high, hollow: low <= MAIN_LEVEL && MAIN_LEVEL <= high }
      }),
    [parts, method],
  )
  if (shown.length === 0) return null
  return (
    <ChartCard
      className="xl:col-span-6"
      title={title}
      subtitle={method === 'lac' ? words.partsOfClasses : words.partsOfRanges}
      height={shown.length * 36 + 24}
      table={() => tableOf(shown)}
    >
      <DotWhisker label={title} rows={shown} unit={SHARE} name={words.kept} zero={MAIN_LEVEL} />
    </ChartCard>
  )
}

function tableOf(rows: readonly WhiskerRow[]): { columns: string[]; rows: string[][] } {
  return {
    columns: [...words.columns],
    rows: rows.map(({ name, value, low, high, detail }) => [
      name,
      formatShare(value),
      `${formatShare(low ?? 0)} to ${formatShare(high ?? 0)}`,
      detail ?? '',
    ]),
  }
}

// How a version's answers move with one feature: of a number as a curve, of a category or a boolean as a row each.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useMemo, useState } from 'react'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import type { PartialDependence as Dependence } from '../../../../../src/capabilities/training/what-if/schema.ts'
import { TandemError } from '../../../../../src/errors.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { DotWhisker, type WhiskerRow } from '../../../charts/dot-whisker.tsx'
import { dependenceTable, PartialDependence } from '../../../charts/partial-dependence.tsx'
import { NUMBER, SHARE } from '../../../charts/unit.ts'
import { dependenceText as words } from '../../../text/trust.ts'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Select } from '../../../ui/field.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { dependenceQuery } from '../queries.ts'
import { featuresByImportance } from './features-by-importance.ts'

interface DependenceCardProps {
  readonly model: string
  readonly version: Version
  readonly className?: string
}

const HEIGHT = 240

export function DependenceCard({ model, version, className }: DependenceCardProps): ReactNode {
  const features = useMemo(() => featuresByImportance(version).filter((name) => !isText(version, name)), [version])
  const classes = version.classes ?? []
  const [feature, setFeature] = useState(features[0])
  const [label, setLabel] = useState(classes.length === 2 ? classes[1] : classes[0])
  const query = useQuery(dependenceQuery(model, version.version, feature, label))
  if (features.length === 0) return null
  const tools = (
    <>
      <Choice label={words.feature} value={feature ?? ''} options={features} onChange={setFeature} />
      {classes.length > 2 && <Choice label={words.class} value={label ?? ''} options={classes} onChange={setLabel} />}
    </>
  )
  if (query.data === undefined) {
    const isOld = TandemError.is(query.error) && query.error.code === 'conflict'
    return (
      <Card title={words.title} subtitle={words.subtitle} className={className} tools={tools}>
        {query.error === null ? (
          <SkeletonLines lines={6} />
        ) : isOld ? (
          <p className="text-muted">{words.old}</p>
        ) : (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        )}
      </Card>
    )
  }
  return <Curve dependence={query.data} tools={tools} className={className} />
}

interface CurveProps {
  readonly dependence: Dependence
  readonly tools: ReactNode
  readonly className: string | undefined
}

function Curve({ dependence, tools, className }: CurveProps): ReactNode {
  const { feature, kind, grid, mean, low, high, rowsShown, rows, target } = dependence
  const unit = dependence.output === 'probability' ? SHARE : NUMBER
  const answer = target.class === undefined ? words.answer : words.probability(target.class)
  const names = useMemo(() => [feature, answer] as const, [feature, answer])
  const points = useMemo(
    () =>
      kind === 'number' ? grid.map((at, index) => ({ at: at as number, mean: mean[index]!, low: low[index]!, high: high[index]! })) : [],
    [kind, grid, mean, low, high],
  )
  const single = useMemo(
    () => rowsShown.map(({ value, answers }) => ({ own: typeof value === 'number' ? value : null, answers })),
    [rowsShown],
  )
  const bars = useMemo(
    () =>
      kind === 'number'
        ? []
        : grid.map((value, index): WhiskerRow => {
            const name = String(value)
            return { key: name, name, value: mean[index]!, low: low[index]!, high: high[index]! }
          }),
    [kind, grid, mean, low, high],
  )
  return (
    <ChartCard
      className={className}
      title={words.title}
      subtitle={words.of(rows, kind === 'number')}
      height={kind === 'number' ? HEIGHT : bars.length * 36 + 24}
      table={() =>
        kind === 'number'
          ? dependenceTable(points, unit, names)
          : {
              columns: [feature, answer, words.band],
              rows: bars.map((bar) => [bar.name, unit.format(bar.value), `${unit.format(bar.low!)} to ${unit.format(bar.high!)}`]),
            }
      }
      footer={words.foot}
      tools={tools}
    >
      {kind === 'number' ? (
        <PartialDependence label={words.title} points={points} rows={single} unit={unit} names={names} height={HEIGHT} />
      ) : (
        <DotWhisker label={words.title} rows={bars} unit={unit} name={answer} />
      )}
    </ChartCard>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly options: readonly string[]
  readonly onChange: (value: string) => void
}

function Choice({ label, value, options, onChange }: ChoiceProps): ReactNode {
  const id = useId()
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <Select
        id={id}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        options={options.map((name) => ({ value: name, label: name }))}
        className="w-auto! max-w-56 max-sm:max-w-28"
      />
    </>
  )
}

/** A free text has no values to set. */
function isText({ features }: Version, name: string): boolean {
  const properties = features.properties as Readonly<Record<string, { readonly format?: string }>> | undefined
  return properties?.[name]?.format === 'text'
}

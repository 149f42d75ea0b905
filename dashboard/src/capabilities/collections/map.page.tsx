// A collection in a plane: what is near in meaning stands near, coloured by a property.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { CollectionMap } from '../../../../src/interfaces/client/index.ts'
import { ChartCard } from '../../charts/chart-card.tsx'
import { ScatterPlot, seriesColour } from '../../charts/scatter-plot.tsx'
import { mapText as words } from '../../text/collections.ts'
import { Field, Select } from '../../ui/field.tsx'
import { formatCount, formatShare } from '../../ui/format.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { mapSeries } from './parts/map-series.ts'
import { collectionQuery, mapQuery } from './queries.ts'

const route = getRouteApi('/collections/$collection/map')

export function MapPage(): ReactNode {
  const { collection: name } = route.useParams()
  const { color } = route.useSearch()
  const navigate = route.useNavigate()
  const { data: collection } = useQuery(collectionQuery(name))
  const fields = collection?.fields.map((field) => field.name) ?? []
  const query = useQuery({ ...mapQuery(name, color), placeholderData: keepPreviousData })
  return (
    <>
      {fields.length > 0 && (
        <Field label={words.color} className="mb-4 max-w-72">
          {(control) => (
            <Select
              {...control}
              options={[
                ...(query.data?.color === null ? [{ value: '', label: words.none }] : []),
                ...fields.map((field) => ({ value: field, label: field })),
              ]}
              value={color ?? query.data?.color ?? ''}
              onChange={({ target }) => void navigate({ search: { color: target.value }, replace: true })}
            />
          )}
        </Field>
      )}
      <Loaded query={query} skeleton={<div className="h-120 animate-pulse rounded-lg bg-sunken" />}>
        {(map) => <MapCard name={name} map={map} />}
      </Loaded>
    </>
  )
}

function MapCard({ name, map }: { readonly name: string; readonly map: CollectionMap }): ReactNode {
  const { points, documents, explained, model, color } = map
  const series = useMemo(() => mapSeries(points.map(({ value }) => value)), [points])
  const placed = useMemo(() => points.map(({ x, y }, index) => ({ x, y, series: series.of[index]! })), [points, series])
  const subtitle = words.facts({
    shown: formatCount(points.length),
    all: formatCount(documents),
    model,
    explained: formatShare(explained, 0),
  })
  const nameOf = (value: CollectionMap['points'][number]['value']): string => (value === null ? words.none : String(value))
  return (
    <ChartCard
      title={words.title}
      subtitle={subtitle}
      height={480}
      footer={words.hint}
      table={() => ({
        columns: [words.columns.document, color ?? words.columns.value, words.columns.text],
        rows: points.map(({ id, value, label }) => [id, nameOf(value), label]),
      })}
    >
      <ul className="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-sm" aria-label={words.legend}>
        {series.names.map((one, at) => (
          <li key={one} className="flex items-center gap-1.5">
            <span aria-hidden className="size-2.5 rounded-full" style={{ background: seriesColour(at, series.restAt) }} />
            {one} <span className="text-faint">{formatCount(series.counts[at])}</span>
          </li>
        ))}
      </ul>
      <ScatterPlot
        label={words.label(name)}
        points={placed}
        names={series.names}
        restAt={series.restAt}
        read={(index) => {
          const { id, label, value } = points[index]!
          return {
            title: label.slice(0, 60),
            lines: [...(color === null ? [] : [{ name: color, value: nameOf(value).slice(0, 40) }]), { name: 'id', value: id }],
          }
        }}
      />
      <p className="sr-only">
        <TextLink to="/collections/$collection/documents" params={{ collection: name }}>
          {words.toDocuments}
        </TextLink>
      </p>
    </ChartCard>
  )
}

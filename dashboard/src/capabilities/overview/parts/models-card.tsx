import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Boxes, FileUp } from 'lucide-react'
import type { ReactNode } from 'react'
import type { PerformanceItem } from '../../../../../src/capabilities/monitoring/schema.ts'
import { Sparkline } from '../../../charts/sparkline.tsx'
import { overviewCards } from '../../../text/overview.ts'
import { ButtonLink } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { formatCount, formatExact, formatNumber, formatShare } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { HealthPill } from '../../../ui/pill.tsx'
import { VersionName } from '../../../ui/time.tsx'
import { performanceQuery } from '../queries.ts'

const head = overviewCards.modelsTable

/** Every model: is it well, how good is what came true, how busy is it, since when does its version serve. */
export function ModelsCard(): ReactNode {
  const query = useQuery(performanceQuery)
  return (
    <Card title={overviewCards.models} subtitle={overviewCards.modelsHint} flush className="xl:col-span-8">
      <Loaded query={query} skeleton={<div className="h-44" />}>
        {({ items }) => (items.length === 0 ? <NoModels /> : <Table items={items} />)}
      </Loaded>
    </Card>
  )
}

function Table({ items }: { readonly items: readonly PerformanceItem[] }): ReactNode {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left [&_td]:border-t [&_td]:border-line [&_td]:px-3 [&_td]:py-1.5 [&_td]:first:pl-4 [&_th]:px-3 [&_th]:pb-1.5 [&_th]:text-sm [&_th]:font-medium [&_th]:text-faint [&_th]:first:pl-4">
        <thead>
          <tr>
            <th scope="col">{head.model}</th>
            <th scope="col">{head.health}</th>
            <th scope="col">{head.quality}</th>
            <th scope="col" className="max-sm:hidden">
              {head.predictions}
            </th>
            <th scope="col" className="max-sm:hidden">
              {head.version}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.model} className="relative hover:bg-sunken">
              <td>
                <Link
                  to="/models/$model"
                  params={{ model: item.model }}
                  className="font-medium outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
                >
                  {item.model}
                </Link>
              </td>
              <td>
                <HealthPill health={item.health} reason={item.healthReason} />
              </td>
              <td className="whitespace-nowrap">
                <Quality item={item} />
              </td>
              <td className="max-sm:hidden">
                <span className="flex items-center gap-3">
                  <span className="min-w-12">{formatCount(item.predictions)}</span>
                  <span className="max-2xl:hidden">
                    <Sparkline values={item.spark} fromZero />
                  </span>
                </span>
              </td>
              <td className="whitespace-nowrap max-sm:hidden">
                <Serving item={item} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Quality({ item: { metric, value, low, high, outcomes } }: { readonly item: PerformanceItem }): ReactNode {
  if (value === null) return <span className="text-faint">{overviewCards.noOutcomes}</span>
  const format = metric === 'accuracy' ? (share: number | null) => formatShare(share) : (number: number | null) => formatNumber(number)
  return (
    <>
      {format(value)}
      <span className="ml-2 text-sm text-faint max-sm:hidden" title={`n ${formatExact(outcomes)}`}>
        {low !== null && `${format(low).replace(/\s%$/, '')} to ${format(high)}`}
        <span className="max-2xl:hidden"> · n {formatCount(outcomes)}</span>
      </span>
    </>
  )
}

function Serving({ item: { serving, activeVersion } }: { readonly item: PerformanceItem }): ReactNode {
  if (serving === 'model') return <VersionName version={activeVersion} />
  return <span className="text-warn">{serving === 'fallback' ? overviewCards.fallback : overviewCards.nothing}</span>
}

function NoModels(): ReactNode {
  return (
    <Empty
      icon={Boxes}
      title={overviewCards.noModels}
      action={
        <ButtonLink to="/train" tone="primary" icon={FileUp}>
          {overviewCards.train}
        </ButtonLink>
      }
    >
      {overviewCards.noModelsHint}
    </Empty>
  )
}

// All versions of a model with their main metrics; ticked ones are compared below.
import { CircleCheck, Ellipsis } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { fitterOf, fitterReason } from '../../../fitter.tsx'
import { useCan } from '../../../session.ts'
import { fitterText } from '../../../text/fitter.ts'
import { versionsText } from '../../../text/models.ts'
import { IconButton } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { formatCount, formatDuration, formatExact } from '../../../ui/format.ts'
import { Menu, type MenuEntry } from '../../../ui/menu.tsx'
import { Pill } from '../../../ui/pill.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { algorithmName, inMetricOrder, metricOf } from '../metrics.ts'
import { useVersionNames } from '../version-names.ts'

interface VersionTableProps {
  readonly model: string
  readonly versions: readonly Version[]
  readonly ticked: ReadonlySet<string>
  readonly onTick: (version: string, on: boolean) => void
  readonly onActivate: (version: string) => void
  readonly onDelete: (version: string) => void
}

/** Metrics that fit beside the rest. */
const SHOWN_METRICS = 4
const HEAD = 'h-9 px-3 text-sm font-medium whitespace-nowrap text-faint'
const { columns } = versionsText

export function VersionTable({ model, versions, ticked, onTick, onActivate, onDelete }: VersionTableProps): ReactNode {
  const canWrite = useCan('write')
  const nameOf = useVersionNames(model)
  const metrics = inMetricOrder(new Set(versions.flatMap((version) => Object.keys(version.metrics)))).slice(0, SHOWN_METRICS)
  return (
    <Card title={versionsText.title} subtitle={versionsText.subtitle(versions.length)} flush>
      <ScrollRegion label={versionsText.title} className="max-h-[28rem]">
        <table className="w-full border-separate border-spacing-0 text-left">
          <thead className="sticky top-0 z-10 bg-surface">
            <tr className="[&>th]:border-b [&>th]:border-line">
              <th scope="col" className={HEAD}>
                <span className="sr-only">{versionsText.compare}</span>
              </th>
              <th scope="col" className={HEAD}>
                {columns.version}
              </th>
              <th scope="col" className={HEAD}>
                {columns.state}
              </th>
              {metrics.map((name) => (
                <th key={name} scope="col" className={`${HEAD} text-right`} title={metricOf(name).meaning}>
                  {metricOf(name).title}
                </th>
              ))}
              <th scope="col" className={HEAD}>
                {columns.algorithm}
              </th>
              <th scope="col" className={HEAD}>
                {columns.fitter}
              </th>
              <th scope="col" className={`${HEAD} text-right`}>
                {columns.rows}
              </th>
              <th scope="col" className={`${HEAD} text-right`}>
                {columns.took}
              </th>
              <th scope="col" className={HEAD}>
                <span className="sr-only">{versionsText.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => {
              const name = nameOf(version.version)
              return (
                <tr key={version.version} className="h-9 hover:bg-sunken [&>*]:border-b [&>*]:border-line/70 last:[&>*]:border-b-0">
                  <td className="w-10 pl-4">
                    <input
                      type="checkbox"
                      aria-label={versionsText.compareOne(name)}
                      checked={version.active || ticked.has(version.version)}
                      disabled={version.active}
                      onChange={({ target }) => onTick(version.version, target.checked)}
                      className="block size-4 accent-accent"
                    />
                  </td>
                  <th scope="row" title={version.version} className="px-3 font-normal whitespace-nowrap">
                    <TextLink to="/models/$model/evaluation" params={{ model }} search={{ version: version.version }}>
                      {name}
                    </TextLink>
                  </th>
                  <td className="px-3">
                    <State version={version} />
                  </td>
                  {metrics.map((metric) => (
                    <td key={metric} className="px-3 text-right whitespace-nowrap" title={formatExact(version.metrics[metric])}>
                      {version.metrics[metric] === undefined ? '–' : metricOf(metric).unit.format(version.metrics[metric])}
                    </td>
                  ))}
                  <td className="px-3 whitespace-nowrap">{algorithmName(version.algorithm)}</td>
                  <td className="px-3 whitespace-nowrap" title={[fitterOf(version), fitterReason(version)].filter(Boolean).join('. ')}>
                    {fitterText.names[version.runtime?.name ?? 'node']}
                  </td>
                  <td className="px-3 text-right" title={formatExact(version.rows)}>
                    {formatCount(version.rows)}
                  </td>
                  <td className="px-3 text-right whitespace-nowrap">{formatDuration(version.durationMs)}</td>
                  <td className="w-12 pr-2 text-right">
                    <Menu
                      trigger={<IconButton icon={Ellipsis} size="small" label={versionsText.actionsOf(name)} />}
                      groups={actionsOf(model, version, canWrite, onActivate, onDelete)}
                    />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  )
}

function State({ version }: { readonly version: Version }): ReactNode {
  if (version.active) {
    return (
      <Pill tone="good" icon={CircleCheck}>
        {versionsText.active}
      </Pill>
    )
  }
  return (
    <Pill tone="neutral" title={version.gate.reason}>
      {version.gate.activated ? versionsText.idle : versionsText.refused}
    </Pill>
  )
}

function actionsOf(
  model: string,
  { version, active }: Version,
  canWrite: boolean,
  onActivate: (version: string) => void,
  onDelete: (version: string) => void,
): readonly (readonly MenuEntry[])[] {
  const path = `/models/${encodeURIComponent(model)}`
  const look: MenuEntry[] = [
    { label: versionsText.openEvaluation, href: `${path}/evaluation?version=${encodeURIComponent(version)}` },
    { label: versionsText.open, href: `${path}/try?version=${encodeURIComponent(version)}` },
  ]
  if (!canWrite || active) return [look]
  return [
    [{ label: versionsText.putInService, onSelect: () => onActivate(version) }, ...look],
    [{ label: versionsText.delete, danger: true, onSelect: () => onDelete(version) }],
  ]
}

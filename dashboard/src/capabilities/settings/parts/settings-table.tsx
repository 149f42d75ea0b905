import type { UseQueryResult } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { SlidersHorizontal } from 'lucide-react'
import type { ReactNode } from 'react'
import type { SettingsView } from '../../../../../src/interfaces/client/index.ts'
import { settingsText } from '../../../text/settings.ts'
import { Card } from '../../../ui/card.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { Check, Input } from '../../../ui/field.tsx'
import { formatBytes, formatDuration, formatExact } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { Pill } from '../../../ui/pill.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'

type Setting = SettingsView['items'][number]

const route = getRouteApi('/settings')
const { columns: head } = settingsText

/** Every setting: what is in force, where it comes from, how it is named in the environment. */
export function SettingsTable({ settings }: { readonly settings: UseQueryResult<SettingsView> }): ReactNode {
  const { q = '', changed = false } = route.useSearch()
  const navigate = route.useNavigate()
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ name, variable, description, source }: Setting): boolean =>
    !(changed && source === 'default') && words.every((word) => `${name} ${variable} ${description}`.toLowerCase().includes(word))
  return (
    <Card title={settingsText.settings} subtitle={settingsText.settingsHint} flush className="xl:col-span-12">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 pb-3">
        <Input
          type="search"
          data-filter
          aria-label={settingsText.filter}
          placeholder={settingsText.filter}
          value={q}
          onChange={({ target }) =>
            void navigate({ search: { q: target.value || undefined, changed: changed || undefined }, replace: true })
          }
          className="max-w-xs"
        />
        <Check
          label={settingsText.changedOnly}
          checked={changed}
          onChange={({ target }) => void navigate({ search: { q: q || undefined, changed: target.checked || undefined }, replace: true })}
        />
      </div>
      <Loaded
        query={settings}
        skeleton={
          <div className="h-96 px-4">
            <SkeletonLines lines={8} />
          </div>
        }
      >
        {({ items }) => <Rows items={items.filter(fits)} />}
      </Loaded>
    </Card>
  )
}

function Rows({ items }: { readonly items: readonly Setting[] }): ReactNode {
  if (items.length === 0) {
    return (
      <Empty icon={SlidersHorizontal} title={settingsText.nothing}>
        {settingsText.nothingHint}
      </Empty>
    )
  }
  return (
    <table className="w-full table-fixed text-left [&_td]:border-t [&_td]:border-line [&_td]:px-3 [&_td]:py-2 [&_td]:align-top [&_td]:first:pl-4 [&_th]:px-3 [&_th]:pb-1.5 [&_th]:text-sm [&_th]:font-medium [&_th]:text-faint [&_th]:first:pl-4">
      <thead>
        <tr>
          <th scope="col">{head.name}</th>
          <th scope="col" className="w-[28%] max-sm:w-[42%]">
            {head.value}
          </th>
          <th scope="col" className="w-[36%] max-md:hidden">
            {head.variable}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ name, value, default: usual, source, variable, description }) => (
          <tr key={name}>
            <td>
              <div className="font-medium break-words">{name}</div>
              <div className="text-sm text-faint">{description}</div>
            </td>
            <td>
              <Value name={name} value={value} /> {source !== 'default' && <Pill tone="accent">{settingsText.sources[source]}</Pill>}
              {source !== 'default' && (
                <div className="text-sm text-faint">
                  {head.default} <Value name={name} value={usual} />
                </div>
              )}
            </td>
            <td className="max-md:hidden">
              <span className="flex items-start gap-1">
                <span className="min-w-0 font-mono text-xs leading-7 break-all text-muted">{variable}</span>
                <CopyButton text={variable} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** With its unit, where the name says which; every digit on hover. */
function Value({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  const amount = value === '' ? Number.NaN : Number(value)
  const shown = Number.isNaN(amount)
    ? value
    : name.endsWith('Bytes')
      ? formatBytes(amount)
      : name.endsWith('Ms')
        ? formatDuration(amount)
        : /Port$/i.test(name)
          ? value
          : formatExact(amount)
  return (
    <span title={value} className="font-mono text-sm break-all">
      {shown}
    </span>
  )
}

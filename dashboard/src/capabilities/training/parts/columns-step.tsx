// The second step: how the file is read, what its columns are, which of them is predicted.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowRight, Info, RotateCcw, TriangleAlert } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import type { TableView } from '../../../../../src/capabilities/training/schema.ts'
import { columnText, fileText } from '../../../text/training.ts'
import { Banner } from '../../../ui/banner.tsx'
import { Button, ButtonLink } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Input } from '../../../ui/field.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { tableQuery } from '../queries.ts'
import type { TrainSearch } from '../search.ts'
import { ColumnRow, ROW_GRID } from './column-row.tsx'
import { type Plan, planOf, withChoice } from './plan.ts'
import { PreviewCard } from './preview-card.tsx'
import { ReadingCard } from './reading-card.tsx'
import { useKnownModel } from './use-known-model.ts'
import { useSearchUpdate } from './use-search.ts'

interface StepProps {
  readonly table: string
  readonly search: TrainSearch
}

export function ColumnsStep({ table, search }: StepProps): ReactNode {
  const model = useKnownModel(search.model)
  const target = search.target ?? model?.definition.target
  const query = useQuery(tableQuery(table, { ...search, target }))
  const { data: view, error } = query
  if (view === undefined) {
    if (error === null) return <SkeletonLines lines={12} />
    return (
      <div className="rounded-lg border border-line bg-surface">
        <ErrorPanel error={error} title={fileText.unreadable} onRetry={() => void query.refetch()} retrying={query.isFetching} />
        <div className="flex flex-wrap gap-2 px-4 pb-4 pl-11">
          <ButtonLink to="/train" search={{ table, model: search.model }} size="small">
            {fileText.readAsFound}
          </ButtonLink>
          <ButtonLink to="/train" search={{ model: search.model }} size="small">
            {fileText.startOver}
          </ButtonLink>
        </div>
      </div>
    )
  }
  const plan = planOf(view, { ...search, target }, model)
  return (
    <div className="grid gap-4">
      <ReadingCard view={view} search={search} />
      <TableWarnings view={view} plan={plan} />
      {model !== undefined && <Banner tone="info" title={columnText.ofModel(model.name, model.definition.target)} />}
      <ColumnsCard view={view} plan={plan} search={search} locked={model !== undefined} />
      <Bottom plan={plan} search={{ ...search, target }} />
      <PreviewCard view={view} />
    </div>
  )
}

/** What concerns the table as a whole, or stands in the way. */
function TableWarnings({ view, plan }: { readonly view: TableView; readonly plan: Plan }): ReactNode {
  const names = new Set(view.columns.map(({ name }) => name))
  const about = view.warnings.filter(({ code, column }) => code !== 'no_model' && (column === undefined || !names.has(column)))
  return (
    <>
      {plan.problem !== undefined && plan.target !== undefined && <Banner tone="bad" title={plan.problem} />}
      {about.map(({ code, message }) => {
        const [first, ...rest] = message.split(/(?<=\.) /)
        return (
          <Banner key={code} tone="warn" title={first}>
            {rest.join(' ')}
          </Banner>
        )
      })}
    </>
  )
}

/** Of longer tables the first and the last: the target is often the last. */
const SHOWN = { most: 300, last: 20 } as const
const FILTER_FROM = 20

function ColumnsCard({
  view,
  plan,
  search,
  locked,
}: {
  readonly view: TableView
  readonly plan: Plan
  readonly search: TrainSearch
  readonly locked: boolean
}): ReactNode {
  const update = useSearchUpdate()
  const [filter, setFilter] = useState('')
  const [all, setAll] = useState(false)
  const warnings = useMemo(() => Map.groupBy(view.warnings, ({ column }) => column ?? ''), [view])
  const matching = plan.columns.filter(({ column }) => column.name.toLowerCase().includes(filter.trim().toLowerCase()))
  const shown =
    all || matching.length <= SHOWN.most ? matching : [...matching.slice(0, SHOWN.most - SHOWN.last), ...matching.slice(-SHOWN.last)]
  const heads = columnText.heads
  return (
    <Card
      title={columnText.title}
      subtitle={plan.target === undefined ? columnText.pick : columnText.subtitle(view.columns.length, view.rows)}
      flush
      tools={
        search.columns !== undefined && (
          <Button size="small" icon={RotateCcw} onClick={() => update({ columns: undefined })}>
            {columnText.reset}
          </Button>
        )
      }
    >
      {plan.columns.length > FILTER_FROM && (
        <div className="px-4 pb-2">
          <Input
            type="search"
            aria-label={columnText.filter}
            placeholder={columnText.filter}
            value={filter}
            onChange={({ target }) => setFilter(target.value)}
            className="max-w-72"
          />
        </div>
      )}
      <div aria-hidden className={`${ROW_GRID} border-b border-line px-4 pb-1.5 text-sm font-medium text-faint max-lg:hidden`}>
        <span>{heads.use}</span>
        <span>{heads.name}</span>
        <span>{heads.kind}</span>
        <span className="text-right">{heads.missing}</span>
        <span>{heads.spread}</span>
        <span>{heads.examples}</span>
        <span className="text-center">{heads.target}</span>
      </div>
      <ul aria-label={columnText.title}>
        {shown.map((planned) => (
          <ColumnRow
            key={planned.column.name}
            planned={planned}
            task={planned.isTarget ? plan.task : undefined}
            rows={view.rows}
            warnings={(warnings.get(planned.column.name) ?? []).filter(({ code }) => code !== 'no_model')}
            locked={locked}
            onUse={(use) => update({ columns: withChoice(search.columns, planned.column.name, { use }) })}
            onKind={(kind) => update({ columns: withChoice(search.columns, planned.column.name, { kind }) })}
            onTarget={() =>
              update({ target: planned.column.name, columns: withChoice(search.columns, planned.column.name, { use: undefined }) })
            }
          />
        ))}
      </ul>
      {matching.length === 0 && <p className="px-4 pb-4 text-muted">{columnText.noneFound}</p>}
      {shown.length < matching.length && (
        <div className="px-4 py-2">
          <Button size="small" onClick={() => setAll(true)}>
            {columnText.showAll(matching.length)}
          </Button>
        </div>
      )}
    </Card>
  )
}

/** What all of it comes to, and the way on. */
function Bottom({ plan, search }: { readonly plan: Plan; readonly search: TrainSearch }): ReactNode {
  const { target, features, task, classes, problem } = plan
  const missing =
    target === undefined ? columnText.noTarget : (problem ?? (task === undefined || features === 0 ? columnText.noColumns : undefined))
  const what = task === 'regression' ? columnText.aNumber : columnText.classes(classes ?? 0)
  const Icon = missing === undefined ? Info : TriangleAlert
  return (
    <div className="sticky bottom-0 z-10 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-2.5 shadow-popup">
      <p className={`flex min-w-0 items-center gap-2 ${missing === undefined ? 'text-text' : 'text-muted'}`}>
        <Icon size={16} aria-hidden className="shrink-0 text-faint" />
        <span className="min-w-0">{missing ?? columnText.predicts(target!.column.name, what, features)}</span>
      </p>
      <div className="ml-auto flex items-center gap-3 max-sm:w-full">
        <Link to="/train" search={{ model: search.model }} className={`${linkLook} max-sm:mr-auto`}>
          {fileText.startOver}
        </Link>
        {missing === undefined ? (
          <ButtonLink to="/train" search={{ ...search, step: 'run' }} tone="primary" icon={ArrowRight}>
            {columnText.continue}
          </ButtonLink>
        ) : (
          <Button tone="primary" icon={ArrowRight} disabled>
            {columnText.continue}
          </Button>
        )}
      </div>
    </div>
  )
}

// The columns of a model with what each becomes: a line each, which opens into its form. Of many a filter finds the one.
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import type { FieldError } from '../../../../../../src/errors.ts'
import { usualWords, preparationText as words } from '../../../../text/preparation.ts'
import { Button } from '../../../../ui/button.tsx'
import { classNames } from '../../../../ui/class-names.ts'
import { CutText } from '../../../../ui/cut-text.tsx'
import { Check, Input } from '../../../../ui/field.tsx'
import { Pill } from '../../../../ui/pill.tsx'
import { ColumnForm, type ColumnFormProps } from './column-form.tsx'
import { type ColumnTexts, type ColumnType, type Learner, optionOfPath, optionsOf, summaryOf } from './column-options.ts'
import { columnsOf, withType } from './feature-types.ts'

export type PreparationTexts = Readonly<Record<string, ColumnTexts>>

export interface PreparationEditorProps {
  /** The JSON Schema of a row, as text. */
  readonly features: string
  /** The schema that stored rows were checked against. */
  readonly stored: string
  readonly onFeatures: (features: string) => void
  readonly texts: PreparationTexts
  readonly onTexts: (texts: PreparationTexts) => void
  readonly learner: Learner
  /** Those of `/preparation` and `/features/properties`. */
  readonly errors: readonly FieldError[]
}

/** More stand behind a button: a page of a thousand forms helps nobody. */
const SHOWN_AT_FIRST = 15

export function PreparationEditor({ features, stored, onFeatures, texts, onTexts, learner, errors }: PreparationEditorProps): ReactNode {
  const [filter, setFilter] = useState('')
  const [onlyChanged, setOnlyChanged] = useState(false)
  const [showsAll, setShowsAll] = useState(false)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const columns = columnsOf(features)
  const [storedTypes] = useState(() => new Map(columnsOf(stored)?.map(({ name, type }) => [name, type])))
  const id = useId()
  if (columns === undefined) return <p className="text-bad">{words.unreadable}</p>
  const isChanged = (name: string): boolean => Object.values(texts[name] ?? {}).some((text) => text !== '')
  const errorsOf = (name: string): readonly FieldError[] => errorsAt(errors, name)
  const wanted = filter.trim().toLowerCase()
  const fitting = columns.filter(({ name }) => name.toLowerCase().includes(wanted) && (!onlyChanged || isChanged(name)))
  // What is wrong is always in sight.
  const visible = fitting.filter(({ name }, index) => showsAll || index < SHOWN_AT_FIRST || errorsOf(name).length > 0)
  const gone = Object.keys(texts).filter((name) => isChanged(name) && !columns.some((column) => column.name === name))
  const put = (name: string, next: ColumnTexts): void => onTexts({ ...texts, [name]: next })
  const changeType = (name: string, type: ColumnType): void => {
    onFeatures(withType(features, name, type))
    // Only what the new type asks for stays said.
    const old = texts[name] ?? {}
    const known = optionsOf(type, old, learner).map((option) => option.name)
    put(name, Object.fromEntries(Object.entries(old).filter(([option]) => known.includes(option))))
  }
  const toggle = (name: string): void => {
    const next = new Set(open)
    if (!next.delete(name)) next.add(name)
    setOpen(next)
  }
  return (
    <fieldset className="min-w-0">
      <legend className="font-semibold">{words.title}</legend>
      <p className="mb-2 text-sm text-faint">{words.subtitle}</p>
      {columns.length > 8 && (
        <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-2">
          <Input
            type="search"
            aria-label={words.filter}
            placeholder={words.filter}
            value={filter}
            onChange={({ target }) => setFilter(target.value)}
            className="sm:w-60"
          />
          <Check label={words.onlyChanged} checked={onlyChanged} onChange={({ target }) => setOnlyChanged(target.checked)} />
          <p role="status" className="text-sm text-faint">
            {words.counts(fitting.length, columns.length, columns.filter(({ name }) => isChanged(name)).length)}
          </p>
        </div>
      )}
      <ul className="divide-y divide-line rounded-md border border-line">
        {visible.map((column, index) => (
          <ColumnItem
            key={column.name}
            panel={`${id}-${index}`}
            {...{ column, learner, texts: texts[column.name] ?? {}, errors: errorsOf(column.name) }}
            isNewType={storedTypes.get(column.name) !== column.type}
            open={open.has(column.name)}
            onToggle={() => toggle(column.name)}
            onTexts={(next) => put(column.name, next)}
            onType={(type) => changeType(column.name, type)}
          />
        ))}
        {fitting.length === 0 && <li className="px-3 py-2 text-muted">{words.nothing}</li>}
        {gone.map((name) => (
          <li key={name} className="px-3 py-1.5 text-muted">
            <span className="font-medium break-words text-text">{name}</span> {words.gone}
          </li>
        ))}
      </ul>
      {visible.length < fitting.length && (
        <Button size="small" className="mt-2" onClick={() => setShowsAll(true)}>
          {words.showAll(fitting.length)}
        </Button>
      )}
    </fieldset>
  )
}

interface ColumnItemProps extends ColumnFormProps {
  readonly panel: string
  readonly open: boolean
  readonly onToggle: () => void
}

function ColumnItem({ panel, open, onToggle, ...form }: ColumnItemProps): ReactNode {
  const { column, texts, learner, errors } = form
  const { name, type } = column
  const summary = summaryOf(type, texts, learner)
  // A mistake in a form that is folded away would never be found.
  const isOpen = open || errors.length > 0
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={panel}
        onClick={onToggle}
        className="flex w-full min-w-0 items-center gap-2 px-3 py-2 text-left -outline-offset-2 hover:bg-sunken max-sm:min-h-11"
      >
        <ChevronRight size={15} aria-hidden className={classNames('shrink-0 text-faint', isOpen && 'rotate-90')} />
        <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3">
          <CutText text={name} className="max-w-full font-medium sm:w-52" />
          <span className="shrink-0 text-sm text-muted sm:w-28">{words.types[type]}</span>
          <span className={classNames('min-w-0 basis-full text-sm sm:flex-1 sm:basis-40', summary === undefined && 'text-faint')}>
            {summary ?? words.usual(usualOf(type, learner))}
          </span>
        </span>
        {errors.length > 0 ? (
          <Pill tone="bad">{words.wrong(errors.length)}</Pill>
        ) : (
          summary !== undefined && <Pill tone="accent">{words.changed}</Pill>
        )}
      </button>
      <div id={panel} hidden={!isOpen}>
        {isOpen && <ColumnForm {...form} />}
      </div>
    </li>
  )
}

function usualOf(type: ColumnType, learner: Learner): string {
  const kind = type === 'category' || type === 'text' ? type : type === 'date' || type === 'date-time' ? 'date' : 'number'
  return usualWords[kind][learner]
}

/** What the server or this page says of one column, by option. */
function errorsAt(errors: readonly FieldError[], name: string): readonly FieldError[] {
  const pointer = name.replaceAll('~', '~0').replaceAll('/', '~1')
  return errors.flatMap(({ path, message }) => {
    // Some refusals write the name as it is.
    for (const own of new Set([pointer, name])) {
      if (path === `/features/properties/${own}`) return [{ path: 'type', message }]
      if (path === `/preparation/${own}`) return [{ path: 'kind', message }]
      if (path.startsWith(`/preparation/${own}/`)) return [{ path: optionOfPath(path.slice(own.length + 14)), message }]
    }
    return []
  })
}

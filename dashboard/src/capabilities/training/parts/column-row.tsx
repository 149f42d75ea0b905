// One column of the table: whether and how it is used, how its values spread, what to beware of.
import { TriangleAlert } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import type { TableWarning } from '../../../../../src/capabilities/training/schema.ts'
import { columnText } from '../../../text/training.ts'
import { classNames } from '../../../ui/class-names.ts'
import { formatShare } from '../../../ui/format.ts'
import { KINDS, type Kind } from '../search.ts'
import type { Plan, PlannedColumn } from './plan.ts'
import { Spread } from './spread.tsx'

interface ColumnRowProps {
  readonly planned: PlannedColumn
  /** Of the target, as far as it is known. */
  readonly task: Plan['task']
  readonly rows: number
  readonly warnings: readonly TableWarning[]
  /** A model that exists says itself what its columns are. */
  readonly locked: boolean
  readonly onUse: (use: boolean) => void
  readonly onKind: (kind: Kind | undefined) => void
  readonly onTarget: () => void
}

/** Columns of the list on wide screens; narrow ones stack the same parts. */
export const ROW_GRID = 'grid items-center gap-x-4 lg:grid-cols-[2rem_minmax(9rem,1.2fr)_9rem_4.5rem_10rem_minmax(8rem,1fr)_4rem]'

const TARGET_KINDS: readonly Kind[] = ['category', 'number']

/** Small enough for a row, large enough for a finger. */
const SELECT = 'h-7 w-full min-w-0 rounded-md border border-strong bg-surface px-1.5 text-sm text-text disabled:opacity-70 max-lg:h-9'

export const ColumnRow = memo(function ColumnRow(props: ColumnRowProps): ReactNode {
  const { planned, task, rows, warnings, locked, onUse, onKind, onTarget } = props
  const { column, used, isTarget, chosen } = planned
  const { name, kind, missingShare, examples } = column
  // What is predicted is a class or a number, however its values look.
  const found = isTarget && task !== undefined ? (task === 'classification' ? 'category' : 'number') : kind
  const options = isTarget ? TARGET_KINDS : KINDS
  return (
    <li
      className={classNames(
        ROW_GRID,
        'border-b border-line/70 px-4 py-1.5 last:border-b-0 [contain-intrinsic-height:auto_40px] [content-visibility:auto]',
        'max-lg:grid-cols-[1.75rem_minmax(0,1fr)_6.5rem] max-lg:gap-y-1.5 max-lg:py-2.5',
        isTarget && 'bg-accent-soft',
      )}
    >
      <input
        type="checkbox"
        aria-label={columnText.use(name)}
        checked={used}
        disabled={isTarget || locked}
        onChange={({ target }) => onUse(target.checked)}
        className="size-4 accent-accent max-lg:size-5"
      />
      <span className={classNames('min-w-0 font-medium break-words', !used && !isTarget && 'text-muted')}>{name}</span>
      <select
        aria-label={columnText.kind(name)}
        value={chosen ?? ''}
        disabled={locked}
        onChange={({ target }) => onKind(target.value === '' ? undefined : (target.value as Kind))}
        className={classNames(SELECT, 'max-lg:order-5 max-lg:col-start-2 max-lg:w-40')}
      >
        <option value="">{columnText.kinds[found]}</option>
        {options
          .filter((option) => option !== found)
          .map((option) => (
            <option key={option} value={option}>
              {columnText.kinds[option]}
            </option>
          ))}
      </select>
      <span className="text-right text-sm text-muted max-lg:order-6">
        {missingShare === 0 ? <span className="max-lg:hidden">0 %</span> : formatShare(missingShare)}
        {missingShare > 0 && <span className="lg:hidden"> {columnText.heads.missing.toLowerCase()}</span>}
      </span>
      <div className="max-lg:order-7 max-lg:col-span-2 max-lg:col-start-2">
        <Spread column={column} rows={rows} />
      </div>
      <span className="min-w-0 truncate text-sm text-faint max-lg:hidden">{examples.join(', ')}</span>
      <label className="flex items-center justify-center gap-1.5 justify-self-stretch text-sm text-muted max-lg:order-3 max-lg:justify-end">
        <input
          type="radio"
          name="target"
          aria-label={columnText.target(name)}
          checked={isTarget}
          disabled={locked && !isTarget}
          onChange={onTarget}
          className="size-4 accent-accent max-lg:size-5"
        />
        <span aria-hidden className="lg:hidden">
          {columnText.heads.target}
        </span>
      </label>
      {warnings.map(({ code, message }) => (
        <p
          key={code}
          className="flex items-start gap-1.5 pt-0.5 text-sm text-warn max-lg:order-8 max-lg:col-span-2 max-lg:col-start-2 lg:col-start-2 lg:-col-end-1"
        >
          <TriangleAlert size={14} aria-hidden className="mt-0.5 shrink-0" />
          {message}
        </p>
      ))}
    </li>
  )
})

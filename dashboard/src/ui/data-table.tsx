// A table of any length: only the rows near the window are in the page, further ones come by cursor as the end is neared.
// Rows are real links; `j`, `k` and Enter walk and open them.
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactElement, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type Shortcut, useShortcuts } from '../keys.ts'
import { keyText, stateText, tableText } from '../text/shell.ts'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
import { ErrorPanel } from './error-panel.tsx'
import { LoadingBar, Skeleton } from './skeleton.tsx'

export interface Column<Row> {
  readonly id: string
  readonly header: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** Pixels; without it the column shares what is left. */
  readonly width?: number
  readonly align?: 'left' | 'right'
  /** Shown from this width of the table on, in pixels; absent: always. */
  readonly from?: number
}

/** Given to the link of a row; it covers the whole row. */
export interface RowLinkProps {
  readonly className: string
  readonly 'data-row-link': true
  readonly children: ReactNode
}

export interface DataTableProps<Row> {
  /** Read aloud as the name of the table. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  /** Undefined while loading. */
  readonly rows: readonly Row[] | undefined
  readonly rowKey: (row: Row) => string
  /** `(job, props) => <Link to="/jobs/$job" params={{ job: job.id }} {...props} />` */
  readonly link?: (row: Row, props: RowLinkProps) => ReactElement
  readonly selectedKey?: string
  readonly error?: unknown
  readonly onRetry?: () => void
  readonly isRefetching?: boolean
  readonly hasMore?: boolean
  readonly isLoadingMore?: boolean
  readonly onMore?: () => void
  readonly empty: ReactNode
}

const ROW_PX = 36
const TOUCH_ROW_PX = 44
const HEAD_PX = 48 + ROW_PX
/** Rows from the end at which the next page is asked for. */
const AHEAD = 25

export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  const {
    label,
    columns,
    rows,
    rowKey,
    link,
    selectedKey,
    error,
    onRetry,
    isRefetching = false,
    hasMore = false,
    isLoadingMore,
    onMore,
    empty,
  } = props
  const frame = useRef<HTMLDivElement>(null)
  const { width, top } = usePlace(frame)
  const shown = useMemo(() => columns.filter(({ from = 0 }) => width >= from), [columns, width])
  const rowPx = matchMedia('(pointer: coarse)').matches ? TOUCH_ROW_PX : ROW_PX
  const count = rows?.length ?? 0
  // Both keep their identity: with others, the places of all rows would be computed anew at each step of scrolling.
  const estimateSize = useCallback(() => rowPx, [rowPx])
  const getItemKey = useCallback((index: number) => rowKey(rows![index]!), [rows, rowKey])
  const virtual = useWindowVirtualizer({
    count,
    estimateSize,
    overscan: 12,
    scrollMargin: top,
    scrollPaddingStart: HEAD_PX,
    getItemKey,
  })
  const items = virtual.getVirtualItems()
  const lastIndex = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && !isLoadingMore && error === undefined && lastIndex >= count - AHEAD) onMore?.()
  }, [hasMore, isLoadingMore, error, lastIndex, count, onMore])
  const selected = selectedKey === undefined || rows === undefined ? -1 : rows.findIndex((row) => rowKey(row) === selectedKey)
  useRowKeys(frame, { count, selected, scrollTo: (index) => virtual.scrollToIndex(index) })

  if (rows === undefined && error !== undefined && error !== null)
    return <ErrorPanel error={error} onRetry={onRetry} retrying={isRefetching} />
  if (rows?.length === 0) return empty
  const before = items.length > 0 ? items[0]!.start - top : 0
  const after = items.length > 0 ? virtual.getTotalSize() - (items.at(-1)!.end - top) : 0
  return (
    <div ref={frame} className="min-w-0 overflow-clip rounded-lg border border-line bg-surface">
      <table
        aria-label={label}
        aria-rowcount={hasMore ? -1 : count + 1}
        aria-busy={rows === undefined}
        className="w-full table-fixed border-separate border-spacing-0"
      >
        <colgroup>
          {shown.map(({ id, width: columnPx }) => (
            <col key={id} style={columnPx === undefined ? undefined : { width: columnPx }} />
          ))}
        </colgroup>
        <thead className="sticky top-12 z-10">
          <tr aria-rowindex={1}>
            {shown.map(({ id, header, align }) => (
              <th
                key={id}
                scope="col"
                className={classNames(
                  'h-9 truncate border-b border-line bg-surface px-3 text-sm font-medium text-faint first:pl-4 last:pr-4',
                  align === 'right' ? 'text-right' : 'text-left',
                )}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined && <SkeletonRows columns={shown.length} rowPx={rowPx} />}
          {before > 0 && <Spacer columns={shown.length} px={before} />}
          {items.map(({ index, key }) => {
            const row = rows![index]!
            return <TableRow key={key} row={row} index={index} columns={shown} px={rowPx} link={link} isSelected={key === selectedKey} />
          })}
          {after > 0 && <Spacer columns={shown.length} px={after} />}
        </tbody>
      </table>
      <LoadingBar active={isRefetching && rows !== undefined && isLoadingMore !== true} />
      {rows !== undefined && hasMore && (
        <div className="flex h-9 items-center gap-3 border-t border-line px-4 text-sm text-faint">
          {error === undefined || error === null ? (
            tableText.loadingMore
          ) : (
            <>
              {tableText.moreFailed}
              <Button size="small" onClick={onMore}>
                {stateText.retry}
              </Button>
            </>
          )}
        </div>
      )}
    </div>
  )
}

interface TableRowProps<Row> {
  readonly row: Row
  readonly index: number
  readonly columns: readonly Column<Row>[]
  readonly px: number
  readonly link: DataTableProps<Row>['link']
  readonly isSelected: boolean
}

/** Drawn once: scrolling makes and removes rows at the ends and leaves the others alone. */
const TableRow = memo(PlainRow) as typeof PlainRow

function PlainRow<Row>({ row, index, columns, px, link, isSelected }: TableRowProps<Row>): ReactNode {
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      style={{ height: px }}
      className={classNames(
        'group relative [&>td]:border-b [&>td]:border-line/70 last:[&>td]:border-b-0',
        link !== undefined && 'hover:bg-sunken',
        isSelected && 'bg-accent-soft',
      )}
    >
      {columns.map(({ id, cell, align }, column) => {
        const content = cell(row)
        return (
          <td key={id} className={classNames('truncate px-3 first:pl-4 last:pr-4', align === 'right' && 'text-right')}>
            {column === 0 && link !== undefined ? link(row, { className: ROW_LINK, 'data-row-link': true, children: content }) : content}
          </td>
        )
      })}
    </tr>
  )
}

/** The link's own box is its text; what can be pressed, and what is outlined, is the row. */
const ROW_LINK =
  "font-medium text-text outline-none after:absolute after:inset-0 after:content-[''] focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"

function Spacer({ columns, px }: { readonly columns: number; readonly px: number }): ReactNode {
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height: px }} />
    </tr>
  )
}

function SkeletonRows({ columns, rowPx }: { readonly columns: number; readonly rowPx: number }): ReactNode {
  return Array.from({ length: 8 }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike.
    <tr key={row} aria-hidden style={{ height: rowPx }}>
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells are all alike.
        <td key={column} className="px-3 first:pl-4">
          <Skeleton className="h-3.5 w-2/3" />
        </td>
      ))}
    </tr>
  ))
}

/** Where the table stands and how wide it is; known before the first paint, so that nothing jumps. */
function usePlace(frame: React.RefObject<HTMLDivElement | null>): { readonly width: number; readonly top: number } {
  const [place, setPlace] = useState({ width: Number.POSITIVE_INFINITY, top: 0 })
  useLayoutEffect(() => {
    const element = frame.current
    if (element === null) return
    const measure = (): void => {
      const box = element.getBoundingClientRect()
      const next = { width: Math.round(box.width), top: Math.round(box.top + window.scrollY) + ROW_PX }
      setPlace((old) => (old.width === next.width && old.top === next.top ? old : next))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    // What stands above may grow or shrink.
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [frame])
  return place
}

interface RowKeys {
  readonly count: number
  /** Row that is open beside the table, -1 for none. */
  readonly selected: number
  readonly scrollTo: (index: number) => void
}

function useRowKeys(frame: React.RefObject<HTMLDivElement | null>, keys: RowKeys): void {
  const latest = useRef(keys)
  latest.current = keys
  const shortcuts = useMemo<readonly Shortcut[]>(() => {
    const withLink = (index: number, act: (link: HTMLElement) => void): void => {
      if (index < 0 || index >= latest.current.count) return
      latest.current.scrollTo(index)
      requestAnimationFrame(() => {
        const link = frame.current?.querySelector<HTMLElement>(`[data-row="${index}"] [data-row-link]`)
        if (link !== null && link !== undefined) act(link)
      })
    }
    const move = (by: number): void => {
      const row = document.activeElement?.closest('[data-row]')
      const isHere = row !== null && row !== undefined && frame.current?.contains(row)
      const from = isHere ? Number(row.getAttribute('data-row')) : by > 0 ? latest.current.selected : Math.max(1, latest.current.selected)
      withLink(from + by, (link) => link.focus({ preventScroll: true }))
    }
    const open = (by: number): void => {
      if (latest.current.selected !== -1) withLink(latest.current.selected + by, (link) => link.click())
    }
    const group = keyText.inTables
    return [
      { keys: 'j', label: tableText.nextRow, group, run: () => move(1) },
      { keys: 'k', label: tableText.previousRow, group, run: () => move(-1) },
      { keys: ']', label: tableText.openNext, group, run: () => open(1) },
      { keys: '[', label: tableText.openPrevious, group, run: () => open(-1) },
    ]
  }, [frame])
  useShortcuts(shortcuts)
}

// A table of any length: only the rows near the window are in the page, further ones come by cursor as the end is neared.
// Rows are real links; `j`, `k` and Enter walk and open them. Each row is a box of its own, placed by its index: what scrolling
// adds and removes lays out and paints nothing else.
import { useRouter } from '@tanstack/react-router'
import {
  type ComponentProps,
  type MouseEvent,
  memo,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { type Shortcut, useShortcuts } from '../keys.ts'
import { keyText, stateText, tableText } from '../text/shell.ts'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
import { ErrorPanel } from './error-panel.tsx'
import { LoadingBar, Skeleton } from './skeleton.tsx'
import { useRowsInView } from './use-rows-in-view.ts'

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

export interface DataTableProps<Row> {
  /** Read aloud as the name of the table. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  /** Undefined while loading. */
  readonly rows: readonly Row[] | undefined
  readonly rowKey: (row: Row) => string
  /** Where a row leads, as a path of the dashboard; keep its identity, or all rows are drawn again. */
  readonly href?: (row: Row) => string
  /** The next row opened takes the place of this address in the history, and the page stays where it is scrolled. */
  readonly opensBeside?: 'push' | 'replace'
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
/** Rows from the end at which the next page is asked for: a quarter of a second at the fastest wheel. */
const AHEAD = 150

export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  const { label, columns, rows, rowKey, href, selectedKey, error, onRetry, isRefetching = false, hasMore = false } = props
  const { isLoadingMore, onMore, empty } = props
  const frame = useRef<HTMLDivElement>(null)
  const { width, top } = usePlace(frame)
  const shown = useMemo(() => columns.filter(({ from = 0 }) => width >= from), [columns, width])
  const rowPx = matchMedia('(pointer: coarse)').matches ? TOUCH_ROW_PX : ROW_PX
  const count = rows?.length ?? 0
  const tracks = useMemo(() => tracksOf(shown), [shown])
  const { first, end, scrollTo } = useRowsInView({ count, rowPx, top, coveredPx: HEAD_PX })
  useEffect(() => {
    if (hasMore && !isLoadingMore && error === undefined && end > count - AHEAD) onMore?.()
  }, [hasMore, isLoadingMore, error, end, count, onMore])
  const selected = useMemo(
    () => (selectedKey === undefined || rows === undefined ? -1 : rows.findIndex((row) => rowKey(row) === selectedKey)),
    [selectedKey, rows, rowKey],
  )
  useRowKeys(frame, { count, selected, scrollTo })
  const follow = useRowLinks(props.opensBeside)

  if (rows === undefined && error !== undefined && error !== null)
    return <ErrorPanel error={error} onRetry={onRetry} retrying={isRefetching} />
  if (rows?.length === 0) return empty
  return (
    <div ref={frame} className="min-w-0 rounded-lg border border-line bg-surface">
      <table aria-label={label} aria-rowcount={hasMore ? -1 : count + 1} aria-busy={rows === undefined} className="block">
        <thead className="sticky top-12 z-10 block rounded-t-lg bg-surface">
          <tr aria-rowindex={1} style={{ gridTemplateColumns: tracks }} className="grid border-b border-line px-1">
            {shown.map(({ id, header, align }) => (
              <th
                key={id}
                scope="col"
                className={classNames(
                  'h-9 truncate px-3 text-sm leading-9 font-medium text-faint',
                  align === 'right' ? 'text-right' : 'text-left',
                )}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="relative block" style={rows && { height: count * rowPx, paddingTop: first * rowPx }} {...follow}>
          {rows === undefined && <SkeletonRows columns={shown.length} tracks={tracks} rowPx={rowPx} />}
          {rows?.slice(first, end).map((row, offset) => {
            const key = rowKey(row)
            const index = first + offset
            return (
              <TableRow
                key={key}
                row={row}
                index={index}
                columns={shown}
                tracks={tracks}
                px={rowPx}
                href={href}
                isSelected={index === selected}
              />
            )
          })}
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
  readonly tracks: string
  readonly px: number
  readonly href: DataTableProps<Row>['href']
  readonly isSelected: boolean
}

/** Drawn once: scrolling makes and removes rows at the ends and leaves the others alone. */
const TableRow = memo(PlainRow) as typeof PlainRow

function PlainRow<Row>({ row, index, columns, tracks, px, href, isSelected }: TableRowProps<Row>): ReactNode {
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      style={{ height: px, gridTemplateColumns: tracks }}
      className={classNames(ROW, index > 0 && 'border-t', href !== undefined && 'hover:bg-sunken', isSelected && 'bg-accent-soft')}
    >
      {columns.map(({ id, cell, align }, column) => {
        const content = cell(row)
        return (
          <td key={id} className={align === 'right' ? RIGHT_CELL : CELL}>
            {column === 0 && href !== undefined ? (
              <a href={href(row)} data-row-link className={ROW_LINK}>
                {content}
              </a>
            ) : (
              content
            )}
          </td>
        )
      })}
    </tr>
  )
}

const ROW = 'group relative grid items-center border-line/70 px-1 [contain:layout_size]'
/** Clipped, not hidden: a box that could be scrolled costs more than all the rest of a cell. */
const CELL = 'overflow-x-clip px-3 text-ellipsis whitespace-nowrap'
const RIGHT_CELL = `${CELL} text-right`
/** The link's own box is its text; what can be pressed, and what is outlined, is the row. */
const ROW_LINK =
  "font-medium text-text outline-none after:absolute after:inset-0 after:content-[''] focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"

/** Columns without a width share what is left; where there is too little, the others give way before the shared ones are cut. */
function tracksOf<Row>(columns: readonly Column<Row>[]): string {
  return columns.map(({ width }) => (width === undefined ? 'minmax(6.25rem, 1fr)' : `minmax(0, ${width}px)`)).join(' ')
}

/**
 * Follows the links of all rows from one place: a link of the router's own computes its address, and listens to the router, in
 * every row that comes into view. What the browser does with a link, a new tab, a copied address, it goes on doing.
 */
function useRowLinks(beside: DataTableProps<never>['opensBeside']): Pick<ComponentProps<'tbody'>, 'onClick' | 'onPointerOver'> {
  const router = useRouter()
  return useMemo(() => {
    const linkOf = ({ target }: { readonly target: EventTarget }): HTMLAnchorElement | null =>
      (target as HTMLElement).closest<HTMLAnchorElement>('a[data-row-link]')
    return {
      onClick: (event: MouseEvent) => {
        const link = linkOf(event)
        if (link === null || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        void router.navigate({ href: link.pathname + link.search, replace: beside === 'replace', resetScroll: beside === undefined })
      },
      // The code of the page is fetched while the finger is on its way down.
      onPointerOver: (event: PointerEvent) => {
        const link = linkOf(event)
        if (link !== null && beside === undefined) void router.preloadRoute({ to: link.pathname })
      },
    }
  }, [router, beside])
}

function SkeletonRows({
  columns,
  tracks,
  rowPx,
}: {
  readonly columns: number
  readonly tracks: string
  readonly rowPx: number
}): ReactNode {
  return Array.from({ length: 8 }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike.
    <tr key={row} aria-hidden style={{ height: rowPx, gridTemplateColumns: tracks }} className="grid items-center px-1">
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells are all alike.
        <td key={column} className="px-3">
          <Skeleton className="h-3.5 w-2/3" />
        </td>
      ))}
    </tr>
  ))
}

/** Where the table stands and how wide it is; known before the first paint, so that nothing jumps. */
function usePlace(frame: RefObject<HTMLDivElement | null>): { readonly width: number; readonly top: number } {
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

function useRowKeys(frame: RefObject<HTMLDivElement | null>, keys: RowKeys): void {
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

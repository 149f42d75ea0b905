// What a place of a chart says: a title and lines of name and value, beside the place and always on the chart.
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import type { Plot, Stop } from './chart-frame.tsx'

export interface ReadingLine {
  readonly name: string
  readonly value: string
  /** A CSS colour of the mark the line speaks of. */
  readonly colour?: string
}

export interface Reading {
  readonly title: string
  readonly lines: readonly ReadingLine[]
}

/** The same words for a screen reader. */
export function readingText({ title, lines }: Reading): string {
  return `${title}: ${lines.map(({ name, value }) => `${name} ${value}`).join(', ')}`
}

const GAP = 12

export function Tooltip({ reading, at, plot }: { readonly reading: Reading; readonly at: Stop; readonly plot: Plot }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const { left, top } = tooltipPlace(at, plot, element.offsetWidth, element.offsetHeight)
    element.style.transform = `translate(${left}px, ${top}px)`
  })
  return (
    <div
      ref={box}
      aria-hidden
      className="pointer-events-none absolute top-0 left-0 z-10 w-max max-w-full rounded-md border border-line bg-surface px-2.5 py-1.5 text-xs shadow-popup"
    >
      <div className="font-medium">{reading.title}</div>
      {reading.lines.map(({ name, value, colour }) => (
        <div key={name} className="flex items-center gap-2">
          {colour !== undefined && <span className="size-2 shrink-0 rounded-sm" style={{ background: colour }} />}
          <span className="text-muted">{name}</span>
          <span className="ml-auto pl-2 font-medium whitespace-nowrap">{value}</span>
        </div>
      ))}
    </div>
  )
}

/** Right of the place, else left of it, else below or above it; never outside of the chart's width. */
export function tooltipPlace(at: Stop, plot: Plot, width: number, height: number): { readonly left: number; readonly top: number } {
  const { x, y } = { x: at.x ?? plot.width / 2, y: at.y ?? plot.top }
  const level = Math.max(0, Math.min(y - height / 2, plot.height - height))
  if (at.x !== undefined && x + GAP + width <= plot.width) return { left: x + GAP, top: level }
  if (at.x !== undefined && x - GAP - width >= 0) return { left: x - GAP - width, top: level }
  const left = Math.max(0, Math.min(x - width / 2, plot.width - width))
  return { left, top: y + GAP + height <= plot.height ? y + GAP : y - GAP - height }
}

// A chart whose 10,000 points all change at every frame; bench/dashboard.ts bundles it and counts the frames. No part of the dashboard.
import { type ReactNode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { MultiLine, type SeriesPoint } from './multi-line.tsx'
import { NUMBER } from './unit.ts'

const POINTS = 10_000
const SERIES = ['value']
const STEP_MS = 1000

/** Made beforehand, as a server's answer would be there before it is drawn. */
const WALKS = Array.from({ length: 24 }, (_, frame) => walk(frame))

/** A walk that begins one point further on at each frame: no point stays where it was, and no pixel repeats. */
function walk(frame: number): readonly SeriesPoint[] {
  return Array.from({ length: POINTS }, (_, index) => {
    const at = index + frame
    return { at: index * STEP_MS, values: [50 + 20 * Math.sin(at / 700) + 10 * Math.sin(at / 37) + 5 * Math.sin(at * 12.9898)] }
  })
}

function Redrawn(): ReactNode {
  const [points, setPoints] = useState(WALKS[0]!)
  useEffect(() => {
    let frame = 0
    const step = (): void => {
      frame += 1
      setPoints(WALKS[frame % WALKS.length]!)
      asked = requestAnimationFrame(step)
    }
    let asked = requestAnimationFrame(step)
    return () => cancelAnimationFrame(asked)
  }, [])
  return <MultiLine label="Redrawn" series={SERIES} points={points} unit={NUMBER} stepMs={STEP_MS} />
}

createRoot(document.body).render(<Redrawn />)

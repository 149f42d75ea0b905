// Mounts what is expensive to draw only when it comes near the screen; its place is kept, so nothing moves.
import { type ReactNode, useEffect, useRef, useState } from 'react'

interface NearViewportProps {
  /** Height in pixels until then. */
  readonly height: number
  readonly children: ReactNode
}

export function NearViewport({ height, children }: NearViewportProps): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    if (near || !place.current) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true)
      },
      { rootMargin: '300px' },
    )
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [near])
  return near ? children : <div ref={place} style={{ height }} />
}

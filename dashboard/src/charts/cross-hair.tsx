// One moment in time that all charts of a group point at: moving over one chart marks the same time in the others.
import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react'

/** Held outside of React, so that a moving pointer redraws the cross-hairs and nothing else. */
class SharedMoment {
  private listeners = new Set<() => void>()
  private at: number | undefined

  readonly get = (): number | undefined => this.at

  readonly set = (at: number | undefined): void => {
    if (at === this.at) return
    this.at = at
    for (const listener of this.listeners) listener()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

const Context = createContext<SharedMoment | undefined>(undefined)

/** Charts over time within it share their cross-hair. */
export function CrossHairGroup({ children }: { readonly children: ReactNode }): ReactNode {
  const [moment] = useState(() => new SharedMoment())
  return <Context value={moment}>{children}</Context>
}

/** The moment of the group in milliseconds, and how to move it; a chart without a group has neither. */
export function useSharedMoment(): readonly [at: number | undefined, set: (at: number | undefined) => void] {
  const moment = useContext(Context)
  const at = useSyncExternalStore(moment?.subscribe ?? subscribeToNothing, moment?.get ?? nothing)
  return [at, moment?.set ?? ignore]
}

const subscribeToNothing = (): (() => void) => ignore
const nothing = (): undefined => undefined
const ignore = (): void => {}

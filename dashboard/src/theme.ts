// Light or dark. theme.js sets it before the first paint; here it is changed and remembered.
import { useSyncExternalStore } from 'react'

const STORED = 'tandem.theme'
const listeners = new Set<() => void>()

export type Theme = 'light' | 'dark'

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'),
  )
}

export function switchTheme(): void {
  const next: Theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset.theme = next
  try {
    localStorage.setItem(STORED, next)
  } catch {
    // Then it holds until the page is left.
  }
  for (const listener of listeners) listener()
}

// Keyboard shortcuts: one listener for the page, sequences such as `g j`, off while typing, and off altogether for who wants that
// (WCAG 2.1.4). Each mounted part names its keys; the map shows those that work here and now.
import { useEffect, useSyncExternalStore } from 'react'
import type { keyText } from './text/shell.ts'

export interface Shortcut {
  /** `j`, `g j`, `mod+k` (Ctrl, or Command on a Mac), `?`. */
  readonly keys: string
  readonly label: string
  readonly group: (typeof keyText)['goTo' | 'anywhere' | 'page' | 'inTables']
  readonly run: (event: KeyboardEvent) => void
}

const SEQUENCE_MS = 1_200
const STORED = 'tandem.single-keys'

let shortcuts: readonly Shortcut[] = []
let prefix = { key: '', at: 0 }
let singleKeys = readStored()
const listeners = new Set<() => void>()

/** Works while the caller is mounted; the one mounted last wins where two name the same keys. */
export function useShortcuts(list: readonly Shortcut[]): void {
  useEffect(() => {
    shortcuts = [...shortcuts, ...list]
    tell()
    return () => {
      shortcuts = shortcuts.filter((shortcut) => !list.includes(shortcut))
      tell()
    }
  }, [list])
}

export function useAllShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(watch, () => shortcuts)
}

export function useSingleKeys(): readonly [boolean, (on: boolean) => void] {
  return [useSyncExternalStore(watch, () => singleKeys), setSingleKeys]
}

/** Listens on the document; returns the function that stops it. */
export function listenToKeys(): () => void {
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

/** How keys are written on this machine. */
export function keyLabels(keys: string): readonly string[] {
  const isMac = /Mac|iP(hone|ad)/.test(navigator.platform)
  return keys
    .replace('mod+', isMac ? '\u2318 ' : 'Ctrl ')
    .split(' ')
    .map((key) => (key.length === 1 && keys.startsWith('mod') ? key.toUpperCase() : key))
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return
  const hasModifier = event.ctrlKey || event.metaKey
  if (!hasModifier && (!singleKeys || isTyping(event.target))) return
  const key = hasModifier ? `mod+${event.key.toLowerCase()}` : event.key
  const sequence = event.timeStamp - prefix.at < SEQUENCE_MS && prefix.key !== '' ? `${prefix.key} ${key}` : key
  const found = shortcuts.findLast(({ keys }) => keys === sequence) ?? shortcuts.findLast(({ keys }) => keys === key)
  prefix = { key: '', at: 0 }
  if (found !== undefined) {
    event.preventDefault()
    found.run(event)
  } else if (shortcuts.some(({ keys }) => keys.startsWith(`${key} `))) prefix = { key, at: event.timeStamp }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  // An open dialog or menu has keys of its own; a sheet beside the page has not.
  return (
    target.isContentEditable ||
    target.matches('input, textarea, select') ||
    target.closest('[role="dialog"]:not([data-beside]), [role="menu"], [role="listbox"]') !== null
  )
}

function setSingleKeys(on: boolean): void {
  singleKeys = on
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off')
  } catch {
    // Then it holds until the page is left.
  }
  tell()
}

function readStored(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off'
  } catch {
    return true
  }
}

function watch(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function tell(): void {
  for (const listener of listeners) listener()
}

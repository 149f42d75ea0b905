// Versions are shown as the minute they were made; two of one minute also show the second.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { formatVersion } from '../../ui/format-time.ts'
import { versionsQuery } from './queries.ts'

export type NameOf = (version: string | null | undefined) => string

/** Names of these versions that tell them apart; other versions get the plain one. */
export function versionNames(versions: readonly string[]): NameOf {
  const times = new Map<string, number>()
  for (const version of versions) times.set(formatVersion(version), (times.get(formatVersion(version)) ?? 0) + 1)
  return (version) => {
    const name = formatVersion(version)
    const second = /^\d{8}_\d{4}(\d\d)$/.exec(version ?? '')?.[1]
    return second !== undefined && (times.get(name) ?? 0) > 1 ? `${name}:${second}` : name
  }
}

export function useVersionNames(model: string): NameOf {
  const versions = useQuery(versionsQuery(model)).data?.items
  return useMemo(() => versionNames(versions?.map(({ version }) => version) ?? []), [versions])
}

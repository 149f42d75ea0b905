// What a collection may be synced from: a definition checked, shown without its secrets, and told apart from the one before it.
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { canonicalJson } from '../../../algorithms/format/canonical-json.ts'
import { TandemError } from '../../../errors.ts'
import { nextRun } from '../../../platform/jobs/cron.ts'
import { parseSourceUrl } from '../../../platform/sources/source-url.ts'
import type { CollectionSource, SyncSchedule } from '../../../sources.ts'
import type { SourceView } from './schema.ts'

/** What callers over HTTP may have the server read; a config may name anything. */
export interface AllowedSources {
  /** Names of database hosts. */
  readonly hosts: readonly string[]
  /** The folder whose files may be read. */
  readonly folder: string | undefined
}

/** @throws `invalid_input` for an address or a schedule that makes no sense. */
export function checkSource(source: CollectionSource | undefined, schedule: SyncSchedule | undefined): void {
  if (source !== undefined && 'url' in source) parseSourceUrl(source.kind, source.url)
  if (schedule === undefined) return
  if (source === undefined) {
    const message = 'sync says when to read a source, but the collection has no source'
    throw new TandemError('invalid_input', `${message}.`, { errors: [{ path: '/sync', message }] })
  }
  nextRun(schedule.every, schedule.timezone ?? 'UTC', 0)
}

/**
 * The source with its path whole.
 *
 * @throws `forbidden` that names the setting which would allow it.
 */
export async function allowSource(source: CollectionSource, { hosts, folder }: AllowedSources): Promise<CollectionSource> {
  if ('url' in source) {
    const { host } = parseSourceUrl(source.kind, source.url)
    if (hosts.includes(host)) return source
    throw new TandemError(
      'forbidden',
      `This server does not read the database host "${host}". Name it in TANDEM_SOURCE_HOSTS, or put the source in the server's config.`,
      { details: { host } },
    )
  }
  if (folder === undefined) {
    throw new TandemError(
      'forbidden',
      'This server reads no files. Set TANDEM_SOURCES_DIR to the folder of such files, or upload them as NDJSON.',
    )
  }
  const path = resolve(folder, source.path)
  // A link out of the folder is no way out of it. A file that is not there yet has no links.
  const [real, top] = await Promise.all([realpath(path).catch(() => path), realpath(folder).catch(() => folder)])
  if (real.startsWith(`${top}${sep}`) || (real === path && path.startsWith(`${resolve(folder)}${sep}`))) return { ...source, path }
  throw new TandemError('forbidden', `"${source.path}" is not in the folder of TANDEM_SOURCES_DIR, which is all that this server reads.`)
}

export function sourceView(source: CollectionSource): SourceView {
  const { kind, id = 'id' } = source
  if (!('url' in source)) return { kind, path: source.path, id }
  const { host, port, database } = parseSourceUrl(source.kind, source.url)
  return {
    kind,
    host: `${host}:${port}`,
    database,
    query: source.query,
    id,
    ...(source.cursor === undefined ? {} : { cursor: source.cursor }),
  }
}

/** Another one means that all has to be read again: other rows, or other properties of the same rows. */
export function sourceKey(source: CollectionSource, schema: unknown): string {
  const identity = { ...sourceView(source), ...('delimiter' in source ? { delimiter: source.delimiter } : {}), schema }
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(identity))))
    .digest('base64url')
    .slice(0, 22)
}

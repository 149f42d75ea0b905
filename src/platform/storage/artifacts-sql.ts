// Stored files as rows of the database: content-addressed, so the same bytes are stored once and never change.
import { createHash } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import { type Artifacts, MAX_ARTIFACT_BYTES } from './artifacts.ts'
import type { Queryable } from './database.ts'

/** Artifacts in the database, or in the transaction that `db` is. */
export function createArtifacts({ db, now = Date.now }: { readonly db: Queryable; readonly now?: () => number }): Artifacts {
  return {
    put: async (bytes) => {
      if (bytes.byteLength > MAX_ARTIFACT_BYTES) throw tooLarge(bytes.byteLength)
      const hash = sha256(bytes)
      // The hash is the content: when the row is there already, it is the same.
      await db
        .insertInto('artifacts')
        .values({ hash, size_bytes: bytes.byteLength, content: bytes, created_at: now() })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute()
      return hash
    },
    get: async (hash) => {
      const row = await db.selectFrom('artifacts').select(['content', 'size_bytes']).where('hash', '=', hash).executeTakeFirst()
      if (row === undefined) {
        throw new TandemError('artifact_not_found', `No artifact has the hash ${hash}: it was deleted, or belongs to another database.`, {
          details: { hash },
        })
      }
      // SQLite keeps no checksums of its pages: flipped bytes are noticed here or nowhere.
      const actual = sha256(row.content)
      if (actual !== hash) throw damaged(hash, actual, row.content.byteLength, row.size_bytes)
      return row.content
    },
    has: async (hash) => (await db.selectFrom('artifacts').select('hash').where('hash', '=', hash).executeTakeFirst()) !== undefined,
    delete: async (hash) => {
      await db.deleteFrom('artifacts').where('hash', '=', hash).execute()
    },
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function tooLarge(bytes: number): TandemError {
  return new TandemError(
    'payload_too_large',
    `The artifact has ${bytes} bytes, more than the ${MAX_ARTIFACT_BYTES} that one row may hold. Make the model smaller (fewer or shallower trees), or store it in parts.`,
    { details: { bytes, limit: MAX_ARTIFACT_BYTES } },
  )
}

function damaged(hash: string, actual: string, bytes: number, expectedBytes: number): TandemError {
  return new TandemError(
    'artifact_damaged',
    `The stored artifact ${hash} has ${bytes} of ${expectedBytes} bytes and the hash ${actual}: its content was changed or the disk is faulty. Restore a backup, or train the version again.`,
    { details: { hash, actual, bytes } },
  )
}

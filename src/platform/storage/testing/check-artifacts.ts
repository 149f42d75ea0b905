// The promises of the Artifacts port, checked on every engine.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Artifacts, MAX_ARTIFACT_BYTES } from '../artifacts.ts'
import { createArtifacts } from '../artifacts-sql.ts'
import type { Database } from '../database.ts'
import type { TestEngine } from './test-engines.ts'

export function checkArtifacts(name: string, make: () => Promise<TestEngine | undefined>, absent = ''): void {
  describe(`Artifacts on ${name}`, () => {
    let engine: TestEngine | undefined
    let database: Database
    let artifacts: Artifacts
    beforeAll(async () => {
      engine = await make()
      if (engine === undefined) return
      database = await engine.open()
      artifacts = createArtifacts({ db: database.db })
    })
    afterAll(async () => {
      if (engine === undefined) return
      await database.close()
      await engine.dispose()
    })

    function check(title: string, work: () => Promise<void>): void {
      test(title, async (context) => {
        if (engine === undefined) return context.skip(absent)
        await work()
      })
    }

    check('stores bytes under their SHA-256, the same bytes once', async () => {
      const bytes = Buffer.from('model file')
      const hash = await artifacts.put(bytes)
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'))
      expect(await artifacts.put(bytes)).toBe(hash)
      expect(Buffer.from(await artifacts.get(hash)).equals(bytes)).toBe(true)
      expect(await database.db.selectFrom('artifacts').select(['hash', 'size_bytes']).execute()).toEqual([{ hash, size_bytes: 10 }])
    })

    check('takes exactly 16 MB and refuses one byte more', async () => {
      const hash = await artifacts.put(new Uint8Array(MAX_ARTIFACT_BYTES).fill(7))
      expect((await artifacts.get(hash)).byteLength).toBe(MAX_ARTIFACT_BYTES)
      await artifacts.delete(hash)
      await expect(artifacts.put(new Uint8Array(MAX_ARTIFACT_BYTES + 1))).rejects.toMatchObject({ code: 'payload_too_large' })
    })

    check('forgets what is deleted, and says when there is nothing', async () => {
      const hash = await artifacts.put(new Uint8Array([1]))
      expect(await artifacts.has(hash)).toBe(true)
      await artifacts.delete(hash)
      await artifacts.delete(hash)
      expect(await artifacts.has(hash)).toBe(false)
      await expect(artifacts.get(hash)).rejects.toMatchObject({ code: 'artifact_not_found', details: { hash } })
    })

    check('notices content that changed', async () => {
      const hash = await artifacts.put(new Uint8Array([1, 2, 3]))
      await database.db
        .updateTable('artifacts')
        .set({ content: new Uint8Array([1, 2, 4]) })
        .where('hash', '=', hash)
        .execute()
      await expect(artifacts.get(hash)).rejects.toMatchObject({ code: 'artifact_damaged' })
    })

    check('belongs to the transaction it is made with', async () => {
      const bytes = new Uint8Array([9, 9, 9])
      await database
        .transaction(async (tx) => {
          await createArtifacts({ db: tx }).put(bytes)
          throw new Error('no')
        })
        .catch(() => {})
      expect(await artifacts.has(createHash('sha256').update(bytes).digest('hex'))).toBe(false)
    })
  })
}

import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSnapshot, removeSnapshot, writeSnapshot } from './snapshot-file.ts'

describe('a snapshot file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-snapshot-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const parts = [new Uint8Array(), Uint8Array.from({ length: 5000 }, (_, i) => i), Uint8Array.of(7)]
  const write = (path: string, meta: unknown = { rows: 3 }) =>
    writeSnapshot(path, async (add) => {
      for (const part of parts) await add(part)
      return meta
    })

  test('gives back its meta and parts, also into shared memory', async () => {
    const path = join(folder, 'deep', 'whole')
    await write(path)
    const snapshot = await openSnapshot(path)
    expect(snapshot?.meta).toEqual({ rows: 3 })
    expect(snapshot?.parts).toEqual([0, 5000, 1])
    for (const [part, bytes] of parts.entries()) expect(await snapshot?.read(part)).toEqual(bytes)
    const shared = new Uint8Array(new SharedArrayBuffer(6000), 500, 5000)
    expect(await snapshot?.read(1, shared)).toBe(shared)
    expect(Array.from(shared)).toEqual(Array.from(parts[1]!))
    expect(await snapshot?.read(1, new Uint8Array(4999))).toBeUndefined()
    expect(await snapshot?.read(3)).toBeUndefined()
    await snapshot?.close()
  })

  test('keeps the last one when writing fails, and leaves nothing beside it', async () => {
    const path = join(folder, 'kept', 'file')
    await write(path, 'first')
    await expect(
      writeSnapshot(path, async (add) => {
        await add(Uint8Array.of(1))
        throw new Error('not now')
      }),
    ).rejects.toThrow('not now')
    expect((await openSnapshot(path))?.meta).toBe('first')
    expect(await readdir(join(folder, 'kept'))).toEqual(['file'])
  })

  test('is as good as none when it is missing, cut off or changed anywhere', async () => {
    const path = join(folder, 'damaged')
    expect(await openSnapshot(path)).toBeUndefined()
    await write(path)
    const bytes = await readFile(path)
    for (const size of [0, 10, 5000, bytes.length - 20, bytes.length - 1]) {
      await writeFile(path, bytes)
      await truncate(path, size)
      expect(await openSnapshot(path), `cut at ${size}`).toBeUndefined()
    }
    for (const place of [bytes.length - 3, bytes.length - 14, bytes.length - 30]) {
      const changed = Buffer.from(bytes)
      changed[place]! ^= 1
      await writeFile(path, changed)
      expect(await openSnapshot(path), `changed at ${place}`).toBeUndefined()
    }
    const changed = Buffer.from(bytes)
    changed[1000]! ^= 1
    await writeFile(path, changed)
    const snapshot = await openSnapshot(path)
    expect(await snapshot?.read(1)).toBeUndefined()
    expect(await snapshot?.read(2)).toEqual(parts[2])
    await snapshot?.close()
  })

  test('is removed with what a process that died has left', async () => {
    const path = join(folder, 'gone', 'file')
    await write(path)
    await writeFile(`${path}.part`, 'half')
    await writeFile(join(folder, 'gone', 'other'), '')
    await removeSnapshot(path)
    await removeSnapshot(path)
    expect(await readdir(join(folder, 'gone'))).toEqual(['other'])
  })
})

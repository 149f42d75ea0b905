// The folder in which the supervisors of one machine agree who starts a worker: who holds the lock of a place starts it and writes where it
// is; the others use it. A state file proves nothing by itself: its process id may be another's by now, so what counts is an answer to its
// token with its nonce. Nobody ever signals a process id read from a file.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type FileLock, tryFileLock } from '../storage/file-lock.ts'
import { messageOf, workerFailure } from './failure.ts'

const StateSchema = z.object({
  pid: z.int(),
  nonce: z.string().min(8),
  token: z.string().min(16),
  version: z.string(),
  socket: z.string().nullable(),
  port: z.int().nullable(),
})

export type WorkerState = z.infer<typeof StateSchema>

export interface WorkerDirectory {
  readonly folder: string
  /** The right to start the worker of this place; undefined while another supervisor has it. */
  lock(place: string): FileLock | undefined
  write(place: string, state: WorkerState): void
  /** What another supervisor wrote; undefined when nothing usable stands there. */
  read(place: string): WorkerState | undefined
  remove(place: string): void
  /** A socket for a new worker; no other start ever has the same. */
  socketFor(nonce: string): string
  close(): void
}

/** A path of a Unix socket holds 108 bytes on Linux and 104 on macOS, with its end. */
const MOST_SOCKET_BYTES = 100

/** Opens the folder, readable by this user alone. Throws `unavailable` when it cannot be made. */
export function openWorkerDirectory(folder: string): WorkerDirectory {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (error) {
    throw workerFailure('not_started', `The folder ${folder} for workers cannot be made (${messageOf(error)}).`, error)
  }
  let socketFolder: string | undefined
  const fileOf = (place: string): string => join(folder, `${place}.json`)
  return {
    folder,
    lock: (place) => tryFileLock(join(folder, `${place}.lock`), 0),
    write(place, state) {
      // Aside and renamed, so that nobody reads half of it.
      const aside = `${fileOf(place)}.${state.nonce}`
      try {
        writeFileSync(aside, JSON.stringify(state), { mode: 0o600 })
        renameSync(aside, fileOf(place))
      } catch (error) {
        rmSync(aside, { force: true })
        throw error
      }
    },
    read(place) {
      try {
        const read = StateSchema.safeParse(JSON.parse(readFileSync(fileOf(place), 'utf8')))
        return read.success ? read.data : undefined
      } catch {
        // Absent or half a file of a full disk: as if there were none.
        return undefined
      }
    },
    remove: (place) => rmSync(fileOf(place), { force: true }),
    socketFor(nonce) {
      const near = join(folder, `${nonce.slice(0, 16)}.sock`)
      if (Buffer.byteLength(near) <= MOST_SOCKET_BYTES) return near
      socketFolder ??= join(tmpdir(), `tandem-${process.pid}-${nonce.slice(0, 8)}`)
      mkdirSync(socketFolder, { recursive: true, mode: 0o700 })
      return join(socketFolder, `${nonce.slice(0, 16)}.sock`)
    },
    close() {
      if (socketFolder !== undefined) rmSync(socketFolder, { recursive: true, force: true })
    },
  }
}

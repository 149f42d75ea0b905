// A disk that is full: a file system of its own in memory, so many bytes large. Only root on Linux may mount one; elsewhere such tests say so.
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const NO_SMALL_DISK = 'needs root on Linux, to mount a small disk'

export interface SmallDisk extends Disposable {
  readonly path: string
  readonly freeBytes: number
  /** Leaves no byte free. */
  fill(): void
  /** Takes away what filled it. */
  empty(): void
  grow(sizeBytes: number): void
}

/** Whether one can be mounted here. */
export const hasSmallDisk: boolean = process.platform === 'linux' && process.getuid?.() === 0 && canMount()

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'tandem-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path])
  if (status === 0) spawnSync('umount', [path])
  rmSync(path, { recursive: true, force: true })
  return status === 0
}

export function mountSmallDisk(sizeBytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'tandem-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path])
  const ballast = join(path, 'ballast')
  return {
    path,
    get freeBytes() {
      const { bavail, bsize } = statfsSync(path)
      return bavail * bsize
    },
    fill() {
      const file = openSync(ballast, 'a')
      const piece = Buffer.alloc(4096)
      try {
        for (;;) writeSync(file, piece)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    grow: (bytes) => void execFileSync('mount', ['-o', `remount,size=${bytes}`, path]),
    [Symbol.dispose]() {
      // Lazily: a process that is about to end may hold a file there.
      spawnSync('umount', ['-l', path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}

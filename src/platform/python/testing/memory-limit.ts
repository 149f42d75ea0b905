// A process whose memory the kernel limits, by a control group of its own: what takes more is ended by the kernel's out-of-memory killer.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const NO_MEMORY_LIMIT = 'needs root on Linux and a memory control group below its own'

export interface MemoryLimit extends Disposable {
  add(pid: number): void
}

let limits = 0

/** Undefined where no control group can be made. */
export function limitMemory(bytes: number): MemoryLimit | undefined {
  const parent = ownGroup()
  if (parent === undefined) return undefined
  const folder = join(parent.path, `tandem-test-${process.pid}-${++limits}`)
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, parent.limit), String(bytes))
  } catch {
    remove(folder)
    return undefined
  }
  return {
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    [Symbol.dispose]: () => remove(folder),
  }
}

/** Version 1 has a tree for memory; in version 2 it must be handed down to the children of this group. */
function ownGroup(): { readonly path: string; readonly limit: string } | undefined {
  if (!existsSync('/proc/self/cgroup')) return undefined
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n')
  const first = lines.find((line) => /^\d+:memory:/.test(line))
  if (first !== undefined) return { path: join('/sys/fs/cgroup/memory', first.replace(/^\d+:memory:/, '')), limit: 'memory.limit_in_bytes' }
  const second = lines.find((line) => line.startsWith('0::'))
  return second === undefined ? undefined : { path: join('/sys/fs/cgroup', second.slice(3)), limit: 'memory.max' }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It was not made, or a process in it ends later: the kernel keeps an empty group, no more.
  }
}

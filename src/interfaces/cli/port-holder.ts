// Who listens on a port of this machine, as far as it can be told without other programs: Tandem answers for itself,
// and Linux shows the process behind a socket to its owner.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createConnection } from 'node:net'

/** "Tandem (process 123)" or "process 123 (nginx)"; undefined when nothing is known. */
export async function describeHolder(host: string, port: number): Promise<string | undefined> {
  const pid = processOf(port)
  if (await answersAsTandem(host, port)) return pid === undefined ? 'another Tandem server' : `another Tandem server (process ${pid})`
  if (pid === undefined) return undefined
  const name = readText(`/proc/${pid}/comm`)?.trim()
  return `process ${pid}${name === undefined ? '' : ` (${name})`}`
}

/** Whether anything accepts connections there. */
export function isPortTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: reachable(host), port, timeout: 1_000 })
    const end = (taken: boolean) => () => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', end(true))
    socket.once('error', end(false))
    socket.once('timeout', end(false))
  })
}

async function answersAsTandem(host: string, port: number): Promise<boolean> {
  // Asked for once the port is taken, not at every start.
  const { createClient } = await import('../client/index.ts')
  const name = reachable(host)
  const client = createClient({ url: `http://${name.includes(':') ? `[${name}]` : name}:${port}`, retries: 0, timeoutMs: 1_000 })
  return client.health().then(
    (health) => typeof health?.ready === 'boolean',
    () => false,
  )
}

const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

function processOf(port: number): number | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(readText(table) ?? '', port)))
  if (inodes.size === 0) return undefined
  for (const entry of readFolder('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    for (const descriptor of readFolder(`/proc/${entry}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${entry}/fd/${descriptor}`))?.[1]
      if (inode !== undefined && inodes.has(inode)) return Number(entry)
    }
  }
  return undefined
}

/** Columns of /proc/net/tcp: 1 is the local address, 3 the state (0A = listening), 9 the inode. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) && columns[3] === '0A')
    .flatMap((columns) => columns[9] ?? [])
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

// Runs one step of a set-up as a child: its lines are told as they come, the last ones are kept for the error, and it can be called off.
import { spawn } from 'node:child_process'
import { TandemError, type TandemErrorOptions } from '../../errors.ts'
import { createLineReader } from './lines.ts'

export interface Step {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly signal?: AbortSignal
  onLine?(line: string): void
}

const KEPT_LINES = 30

/**
 * @throws `canceled` when called off; otherwise an error that says what is wrong as far as its words are known: `storage_full`, `network`,
 *   `dependency_missing` or `internal`.
 */
export function runStep({ command, args, env, cwd, signal, onLine }: Step): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(canceled())
  return new Promise((resolve, reject) => {
    // A group of its own: pip starts compilers, which must end with it.
    const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const last: string[] = []
    const keep = (line: string): void => {
      last.push(line)
      if (last.length > KEPT_LINES) last.shift()
      onLine?.(line)
    }
    const readers = [createLineReader(keep), createLineReader(keep)]
    child.stdout.on('data', (chunk: Buffer) => readers[0]!.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => readers[1]!.push(chunk))
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It is over.
      }
    }
    signal?.addEventListener('abort', kill, { once: true })
    process.once('exit', kill)
    const settle = (): void => {
      signal?.removeEventListener('abort', kill)
      process.off('exit', kill)
      for (const reader of readers) reader.end()
    }
    child.on('error', (error) => {
      settle()
      reject(new TandemError('dependency_missing', `${command} could not be run: ${error.message}`, { cause: error }))
    })
    child.on('close', (code, ended) => {
      settle()
      if (signal?.aborted === true) reject(canceled())
      else if (code === 0) resolve()
      else reject(explainFailure(last, code === null ? `was ended by ${ended}` : `ended with status ${code}`))
    })
  })
}

function canceled(): TandemError {
  return new TandemError('canceled', 'The set-up of Python was called off.')
}

interface Known {
  readonly words: RegExp
  readonly code: 'storage_full' | 'network' | 'dependency_missing'
  readonly say: string
}

const KNOWN: readonly Known[] = [
  {
    words: /No space left on device|Errno 28|ENOSPC|Disk quota exceeded/i,
    code: 'storage_full',
    say: 'The disk is full. Free some room (the packages for embeddings need some gigabytes), or set TANDEM_PYTHON_DIR to another disk.',
  },
  {
    words: /ProxyError|Cannot connect to proxy|Tunnel connection failed|407 Proxy|tunnel error|proxy authentication/i,
    code: 'network',
    say: 'The proxy refuses. Look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
  },
  {
    words: /CERTIFICATE_VERIFY_FAILED|invalid peer certificate|SSLError/i,
    code: 'network',
    say: 'The certificate of the package index is not trusted. Behind a proxy that opens TLS, set SSL_CERT_FILE (and PIP_CERT) to its certificate.',
  },
  {
    words: /do not match the hashes|HASH mismatch|hash mismatch/i,
    code: 'network',
    say: 'A package from the index is not the pinned one. Look at the index or proxy that is set (PIP_INDEX_URL, UV_INDEX_URL).',
  },
  {
    words:
      /gcc.*(failed|not found)|command '[^']*(cc|g\+\+|clang)[^']*' failed|Microsoft Visual C\+\+|error: linker|Unable to find.*compiler/i,
    code: 'dependency_missing',
    say: 'A package has no ready-made build for this machine and no compiler is here. Install one (Debian and Ubuntu: apt install build-essential python3-dev), or take another Python version: --python PATH.',
  },
  {
    words: /ensurepip is not available|No module named (venv|ensurepip|pip)/i,
    code: 'dependency_missing',
    say: 'This Python cannot make virtual environments. Debian and Ubuntu: apt install python3-venv. Or install uv, which needs nothing.',
  },
  {
    // The index answered, and has others.
    words: /from versions: (?!none)|no version of|not found in the package registry/i,
    code: 'dependency_missing',
    say: 'A pinned package is not to be had for this Python and machine. Take another Python version: --python PATH.',
  },
  {
    words:
      /NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable|Connection refused|Could not connect|Connection aborted|timed out|dns error|error sending request/i,
    code: 'network',
    say: 'The package index cannot be reached. Look at the network and at PIP_INDEX_URL, UV_INDEX_URL and HTTPS_PROXY.',
  },
  {
    words: /Could not find a version|No matching distribution/i,
    code: 'dependency_missing',
    say: 'A pinned package is not to be had: the package index does not have it (PIP_INDEX_URL, UV_INDEX_URL), or not for this Python and machine; then take another Python version: --python PATH.',
  },
]

/** What the words of a failed step mean, with those words. */
export function explainFailure(lines: readonly string[], how: string): TandemError {
  const text = lines.join('\n')
  const known = KNOWN.find(({ words }) => words.test(text))
  const shown = lines.slice(-5).join('\n').slice(-1_000)
  const options: TandemErrorOptions = { details: { output: shown } }
  if (known === undefined) return new TandemError('internal', `A step of the set-up ${how}: ${shown}`, options)
  return new TandemError(
    known.code,
    `${known.say} (It ${how}: ${lines.findLast((line) => known.words.test(line))?.slice(0, 300)})`,
    options,
  )
}

// Which Python a virtual environment can be made from: the one that is named, or the first of the usual ones that is new enough and whole.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TandemError } from '../../errors.ts'

export interface FoundPython {
  readonly executable: string
  /** Such as 3.12.4. */
  readonly version: string
  /** Whether it can put pip into a virtual environment; Debian takes that part out. */
  readonly hasEnsurePip: boolean
  /** Whether its own pip can install into another environment (22.3 and newer), which saves making one there. */
  readonly hasPip: boolean
}

export const LEAST_VERSION: readonly [number, number] = [3, 11]
/** Newer ones may lack wheels of the pinned packages. */
const MOST_VERSION: readonly [number, number] = [3, 14]

const CANDIDATES: readonly (readonly string[])[] =
  process.platform === 'win32'
    ? [['py', '-3'], ['python'], ['python3']]
    : [['python3.12'], ['python3.13'], ['python3.11'], ['python3.14'], ['python3'], ['python']]

const QUESTION = `
import json, sys, importlib.util, importlib.metadata
has = lambda name: importlib.util.find_spec(name) is not None
pip = tuple(map(int, importlib.metadata.version("pip").split(".")[:2])) if has("pip") else (0, 0)
print(json.dumps({"hasPip": pip >= (22, 3), "executable": sys.executable, "version": ".".join(map(str, sys.version_info[:3])), "hasEnsurePip": has("ensurepip")}))
`

const TIMEOUT_MS = 20_000
const run = promisify(execFile)

/**
 * Looks for a Python.
 *
 * @param wanted  an executable or command to take instead of the usual ones.
 * @param env  of the children.
 * @throws `dependency_missing` saying what was found and what is needed.
 */
export async function findPython(wanted: string | undefined, env: Readonly<Record<string, string>>): Promise<FoundPython> {
  const seen: string[] = []
  for (const command of wanted === undefined ? CANDIDATES : [[wanted]]) {
    const found = await ask(command, env)
    if (found === undefined) continue
    if (isBetween(found.version)) return found
    seen.push(`${found.executable} is ${found.version}`)
  }
  const needed = `Python ${LEAST_VERSION.join('.')} to ${MOST_VERSION.join('.')} is needed`
  const what = wanted === undefined ? 'No usable Python was found' : `"${wanted}" is no usable Python`
  const why = seen.length > 0 ? ` (${seen.join('; ')})` : ''
  throw new TandemError(
    'dependency_missing',
    `${what}${why}: ${needed}. Install one (Debian and Ubuntu: apt install python3 python3-venv; macOS: brew install python; or uv: https://docs.astral.sh/uv), or name one: tandem python setup --python PATH. Everything else of Tandem runs without it.`,
  )
}

/** The version of uv, which makes environments faster; undefined where it is not installed. */
export async function findUv(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  try {
    return (await run('uv', ['--version'], { env, timeout: TIMEOUT_MS })).stdout.trim()
  } catch {
    return undefined
  }
}

async function ask([command, ...words]: readonly string[], env: Readonly<Record<string, string>>): Promise<FoundPython | undefined> {
  try {
    const { stdout } = await run(command!, [...words, '-I', '-c', QUESTION], { env, timeout: TIMEOUT_MS })
    return JSON.parse(stdout) as FoundPython
  } catch {
    return undefined
  }
}

function isBetween(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const number = major * 1000 + minor
  return number >= LEAST_VERSION[0] * 1000 + LEAST_VERSION[1] && number <= MOST_VERSION[0] * 1000 + MOST_VERSION[1]
}

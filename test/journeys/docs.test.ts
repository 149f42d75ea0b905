// The examples of the guide, run as they stand: every block fenced as `ts run`, and what it prints when a plain block follows.
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Example {
  readonly name: string
  readonly code: string
  /** Undefined: the page does not say what is printed. */
  readonly printed: string | undefined
}

function examplesOf(page: string): Example[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = text.matchAll(/^```ts run\n([\s\S]*?)^```\n(?:```\n([\s\S]*?)^```)?/gm)
  return [...blocks].map(([, code = '', printed], index) => ({ name: `${page}, example ${index + 1}`, code, printed }))
}

/** Runs a module in this repository, whose package it knows by its name; with a database in memory. */
function run(code: string): Promise<{ readonly status: number | null; readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, ['--conditions=tandem-source', '--input-type=module-typescript', '--eval', code], {
    cwd: ROOT,
    env: { ...process.env, TANDEM_DATA_DIR: ':memory:', TANDEM_LOG_LEVEL: 'error' },
  })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, output, errors })))
}

const examples = globSync('docs/**/*.md', { cwd: ROOT }).sort().flatMap(examplesOf)

describe('examples of the guide', () => {
  test('are found', () => {
    expect(examples.length).toBeGreaterThan(5)
  })

  test('stand on pages that the index of learning names', () => {
    const folder = 'docs/guide/learn/'
    const index = readFileSync(join(ROOT, folder, 'README.md'), 'utf8')
    const pages = globSync(`${folder}*.md`, { cwd: ROOT }).map((page) => page.slice(folder.length))
    expect(pages.filter((page) => page !== 'README.md' && !index.includes(`(${page})`))).toEqual([])
  })

  test.each(examples.map((example) => [example.name, example] as const))('%s', async (_, { code, printed }) => {
    const { status, output, errors } = await run(code)
    expect({ status, errors }).toMatchObject({ status: 0 })
    if (printed !== undefined) expect(output).toBe(printed)
  })
})

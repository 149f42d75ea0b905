// In processes of their own: Vitest loads modules itself, and Node's hooks act on what Node loads.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string
let kept: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-strip-'))
  kept = join(folder, 'data', 'kept')
  mkdirSync(join(folder, 'parts'))
  write('package.json', '{"type":"module"}')
  write('config.ts', `import { size, type Size } from './parts/size.ts'\nexport const config: { readonly size: Size } = { size }\n`)
  write('parts/size.ts', `export type Size = 'größe' | '🎯'\nexport const size = '🎯' satisfies Size as Size\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a config in TypeScript', () => {
  test('is loaded without the compiler in this process, and the second time from what was kept', () => {
    expect(load()).toEqual({ config: { size: '🎯' }, stripped: false })
    const files = readdirSync(kept)
    expect(files).toHaveLength(2)
    expect(load()).toEqual({ config: { size: '🎯' }, stripped: false })
    expect(readdirSync(kept)).toEqual(files)
    write('parts/size.ts', `export type Size = number\nexport const size: Size = 2\n`)
    expect(load()).toEqual({ config: { size: 2 }, stripped: false })
    expect(readdirSync(kept)).toHaveLength(3)
  })

  test('kept text that holds anything but the source and blanks is not run', () => {
    load()
    for (const name of readdirSync(kept)) {
      const text = readFileSync(join(kept, name), 'utf8')
      writeFileSync(join(kept, name), text.replace('{ size }', '{ evil}').replace("'🎯'", '"bad"'))
    }
    expect(load()).toEqual({ config: { size: '🎯' }, stripped: false })
    for (const name of readdirSync(kept)) writeFileSync(join(kept, name), '')
    expect(load()).toEqual({ config: { size: '🎯' }, stripped: false })
  })

  test('is loaded when nothing can be kept, and keeps the lines of its errors', () => {
    writeFileSync(join(folder, 'data'), 'a file in the way')
    expect(load()).toEqual({ config: { size: '🎯' }, stripped: false })
    write('config.ts', `interface A {\n  a: number\n}\nexport const config: A = { a: (undefined as unknown as A).a }\n`)
    expect(load().error).toMatch(/config\.ts:4:/)
  })

  test('that types cannot be removed from fails with the error of Node', () => {
    write('config.ts', 'enum A { B }\nexport const config = { a: A.B }\n')
    expect(load().error).toContain('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
  })
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

/** Loads config.ts in a new process; `stripped`: whether that process's own Node had to strip types of the config. */
function load(): { config?: unknown; error?: string; stripped?: boolean } {
  const script = `
    const { withTypesStripped } = await import(${JSON.stringify(new URL('./strip-types.ts', import.meta.url).href)})
    const { registerHooks } = await import('node:module')
    let stripped = false
    registerHooks({ load(url, context, next) { stripped ||= /config|size/.test(url); return next(url, context) } })
    try {
      const { config } = await withTypesStripped(${JSON.stringify(kept)}, () => import(${JSON.stringify(pathToFileURL(join(folder, 'config.ts')).href)}))
      console.log(JSON.stringify({ config, stripped }))
    } catch (error) {
      console.log(JSON.stringify({ error: String(error.code) + ' ' + error.stack }))
    }`
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

// Claim: with a config of 50 models and 20 features each, a check takes at most 3 times what zod alone makes it take for the
// same schemas, completion and hover answer within half a second after a keystroke, and nothing but zod is loaded.
// TypeScript 7, the built package.
// Run: npm run build && node bench/editor.ts
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LanguageServer, type Position, startLanguageServer } from './frame/language-server.ts'
import { type Claim, median, report } from './frame/report.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MODELS = 50
const FEATURES = 20
const KEYSTROKES = 20
const CHECKS = 5

/** Every kind of feature in turn, each of its own name. */
function feature(model: number, index: number): string {
  const kinds = ['z.number().min(0)', "z.enum(['free', 'pro', 'team'])", 'z.boolean()', 'z.number().nullable()', 'z.int().optional()']
  return `feature${model}x${index}: ${kinds[index % kinds.length]}`
}

function value(index: number): string {
  return ['1', "'pro'", 'true', 'null', '3'][index % 5] as string
}

const each = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join('\n')

function configText(): string {
  return `import { z } from 'zod'
import { classifier, defineTandem, regressor } from 'tandem-ml'
export const config = defineTandem({
  models: {
${each(MODELS, (model) => {
  const features = `z.strictObject({ ${Array.from({ length: FEATURES }, (_, index) => feature(model, index)).join(', ')} })`
  return model % 5 === 4
    ? `    model${model}: regressor({ features: ${features}, target: 'price' }),`
    : `    model${model}: classifier({ features: ${features}, target: 'kind', classes: ['no${model}', 'yes${model}'] }),`
})}
  },
})
`
}

function programText(): string {
  return `import { createClient } from 'tandem-ml/client'
import type { config } from './tandem.config.ts'
export const client = createClient<typeof config>({ url: 'http://127.0.0.1:4700' })
export async function use(): Promise<void> {
${each(MODELS, (model) => {
  const features = Array.from({ length: FEATURES }, (_, index) => `feature${model}x${index}: ${value(index)}`).join(', ')
  const outcome = model % 5 === 4 ? '3' : `'yes${model}'`
  return `  const p${model} = await client.models.model${model}.predict({ ${features} })
  await client.models.model${model}.recordOutcomes([{ predictionId: p${model}.predictionId, value: ${outcome} }])`
})}
}
`
}

/** The same project without Tandem: what zod costs by itself. */
function zodText(): string {
  return `import { z } from 'zod'
${each(MODELS, (model) => {
  const features = `z.strictObject({ ${Array.from({ length: FEATURES }, (_, index) => feature(model, index)).join(', ')} })`
  return `export const Model${model} = ${features}\nexport const model${model}: z.infer<typeof Model${model}> = { ${Array.from({ length: FEATURES }, (_, index) => `feature${model}x${index}: ${value(index)}`).join(', ')} }`
})}
`
}

function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-editor-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'tandem-ml'))
  symlinkSync(join(ROOT, 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'))
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'dom', 'dom.iterable'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

interface Check {
  readonly seconds: number
  readonly instantiations: number
  readonly files: number
}

function check(folder: string): Check {
  const started = performance.now()
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder, '--extendedDiagnostics'],
    {
      encoding: 'utf8',
    },
  )
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`The generated project does not compile:\n${stdout.slice(0, 3000)}`)
  const count = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(stdout)?.[1])
  return { seconds, instantiations: count('Instantiations'), files: count('Files') }
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ readonly milliseconds: number; readonly result: Result }> {
  const started = performance.now()
  const result = await work()
  return { milliseconds: performance.now() - started, result }
}

function positionOf(text: string, mark: string): Position {
  const before = text.slice(0, text.lastIndexOf(mark) + mark.length).split('\n')
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
}

/** What is typed, where the question is asked, and a word that must be in the answer. */
interface Keystroke {
  readonly line: string
  readonly mark: string
  readonly expected: string
}

interface Editor {
  readonly server: LanguageServer
  readonly file: string
  readonly text: string
}

async function openEditor(folder: string, name: string, text: string): Promise<Editor> {
  const server = await startLanguageServer(folder)
  const file = join(folder, name)
  server.open(file, text)
  return { server, file, text }
}

/** Types a line at the end, asks in it, and says how long that took. */
async function ask({ server, file, text }: Editor, kind: Question['kind'], { line, mark, expected }: Keystroke): Promise<number> {
  const typed = `${text}${line}\n`
  server.change(file, typed)
  const { milliseconds, result } = await timed<readonly string[] | string>(() => server[kind](file, positionOf(typed, mark)))
  if (!result.includes(expected)) throw new Error(`"${expected}" was not among: ${String(result).slice(0, 500)}`)
  return milliseconds
}

interface Question {
  readonly name: string
  readonly kind: 'complete' | 'hover' | 'errors'
  readonly ours: (model: number) => Keystroke
  readonly rival: (model: number) => Keystroke
}

// Where people type: in a declaration, and in a statement of a function. Not in a statement of its own that follows a long block at
// the top of a file: there TypeScript 7.0.2 goes back over every token of the block to see whether a `<` opens a list of types
// (`findPrecedingMatchingToken`: 97 % of a completion's time by its own profile, quadratic in the block, the same without Tandem).
const QUESTIONS: readonly Question[] = [
  {
    name: 'completion of a model name',
    kind: 'complete',
    ours: (model) => ({ line: 'export const typed = client.models.m', mark: 'client.models.m', expected: `model${model}` }),
    rival: (model) => ({ line: `export const typed = model${model}.f`, mark: `model${model}.f`, expected: `feature${model}x7` }),
  },
  {
    name: 'completion of a feature name',
    kind: 'complete',
    ours: (model) => ({
      line: `export const typed = client.models.model${model}.predict({ f })`,
      mark: 'predict({ f',
      expected: `feature${model}x7`,
    }),
    rival: (model) => ({ line: `export const typed: z.infer<typeof Model${model}> = { f }`, mark: '= { f', expected: `feature${model}x7` }),
  },
  {
    name: 'completion of a feature name in a statement',
    kind: 'complete',
    ours: (model) => ({
      line: `export async function typed() {\n  await client.models.model${model}.predict({ f })\n}`,
      mark: 'predict({ f',
      expected: `feature${model}x7`,
    }),
    rival: (model) => ({
      line: `export function typed() {\n  void ({ f } satisfies Partial<z.infer<typeof Model${model}>>)\n}`,
      mark: 'void ({ f',
      expected: `feature${model}x7`,
    }),
  },
  {
    name: 'hover over a method',
    kind: 'hover',
    ours: (model) => ({
      line: `export const typed = client.models.model${model}.predict`,
      mark: `client.models.model${model}.pre`,
      expected: `feature${model}x19`,
    }),
    rival: (model) => ({
      line: `export const typed = model${model}.feature${model}x7`,
      mark: `= model${model}.fea`,
      expected: `feature${model}x7`,
    }),
  },
  {
    name: 'all errors of the file',
    kind: 'errors',
    ours: (model) => ({
      line: `export const typed = client.models.model${model}.predict({ feature${model}x0: 'many' })`,
      mark: '',
      expected: "Type 'string' is not assignable to type 'number'.",
    }),
    rival: (model) => ({
      line: `export const typed: z.infer<typeof Model${model}> = { feature${model}x0: 'many' }`,
      mark: '',
      expected: "Type 'string' is not assignable to type 'number'.",
    }),
  },
]

async function main(): Promise<void> {
  const folder = project({ 'tandem.config.ts': configText(), 'use.ts': programText() })
  const alone = project({ 'zod.ts': zodText() })
  try {
    const checks = Array.from({ length: CHECKS }, () => ({ ours: check(folder), rival: check(alone) }))
    const ours = await openEditor(folder, 'use.ts', programText())
    const rival = await openEditor(alone, 'zod.ts', zodText())
    const answers: Claim[] = []
    for (const { name, kind, ...keystroke } of QUESTIONS) {
      const rounds = { ours: [] as number[], rival: [] as number[] }
      for (let round = 0; round <= KEYSTROKES; round++) {
        const model = (round * 7) % MODELS
        const measured = { ours: await ask(ours, kind, keystroke.ours(model)), rival: await ask(rival, kind, keystroke.rival(model)) }
        // The first one also loads the project.
        if (round === 0) continue
        rounds.ours.push(measured.ours)
        rounds.rival.push(measured.rival)
      }
      const claim = { unit: 'ms', bound: 'at most', ours: median(rounds.ours) } as const
      if (kind === 'errors') answers.push({ ...claim, name, limit: 3, rival: median(rounds.rival), rounds })
      else
        answers.push({
          ...claim,
          name: `${name} (zod alone ${Math.round(median(rounds.rival))} ms)`,
          limit: 500,
          rounds: { ours: rounds.ours },
        })
    }
    ours.server.close()
    rival.server.close()
    const rounds = { ours: checks.map((one) => one.ours.seconds), rival: checks.map((one) => one.rival.seconds) }
    const [first] = checks
    report(
      'editor',
      [
        {
          name: 'whole project checked',
          unit: 's',
          limit: 3,
          bound: 'at most',
          ours: median(rounds.ours),
          rival: median(rounds.rival),
          rounds,
        },
        ...answers,
        {
          name: 'type instantiations',
          unit: '',
          limit: 3,
          bound: 'at most',
          ours: first!.ours.instantiations,
          rival: first!.rival.instantiations,
        },
        { name: 'files loaded', unit: '', limit: 1.3, bound: 'at most', ours: first!.ours.files, rival: first!.rival.files },
      ],
      { models: MODELS, featuresEach: FEATURES, rivalIs: 'the same schemas and as many objects of them, zod alone' },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(alone, { recursive: true, force: true })
  }
}

await main()

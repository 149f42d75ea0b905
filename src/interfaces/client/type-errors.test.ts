// What the compiler says about a wrong use of the typed client: it refuses it, at the right place, in a short sentence.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const CONFIG = `import { z } from 'zod'
import { classifier, defineTandem, regressor } from 'tandem-ml'
const Visit = z.strictObject({
  visits: z.number().min(0), plan: z.enum(['free', 'pro']), age: z.number().nullable(), returning: z.boolean(), seats: z.int().optional(),
})
export const config = defineTandem({
  models: {
    churn: classifier({ features: Visit, target: 'churned', classes: ['no', 'yes'] }),
    fraud: classifier({ features: Visit, target: 'fraud' }),
    grade: classifier({ features: Visit, target: 'grade', classes: ['1', '2', '3'] }),
    price: regressor({ features: z.strictObject({ rooms: z.number() }), target: 'price' }),
  },
})
`
const HEAD = `import { createClient } from 'tandem-ml/client'
import type { config } from './tandem.config.ts'
const client = createClient<typeof config>({ url: 'http://127.0.0.1:4700' })
const { churn, fraud, grade, price } = client.models
`
const ROW = "visits: 1, plan: 'pro', age: null, returning: true"

/** A line of a program, and what the compiler has to say about it. */
const WRONG: readonly (readonly [title: string, line: string, message: RegExp])[] = [
  [
    'a misspelt feature',
    `churn.predict({ visit: 1, plan: 'pro', age: null, returning: true })`,
    /'visit' does not exist.*Did you mean to write 'visits'\?/,
  ],
  ['a missing feature', `churn.predict({ visits: 1, plan: 'pro', age: null })`, /'returning' is missing in type/],
  [
    'a feature of another type',
    `churn.predict({ ...${`{ ${ROW} }`}, visits: 'many' })`,
    /Type 'string' is not assignable to type 'number'/,
  ],
  [
    'a category that does not exist',
    `churn.predict({ ${ROW.replace('pro', 'gold')} })`,
    /Type '"gold"' is not assignable to type '"free" \| "pro"'/,
  ],
  [
    'null where nothing may be missing',
    `churn.predict({ ${ROW.replace('true', 'null')} })`,
    /Type 'null' is not assignable to type 'boolean'/,
  ],
  ['an unknown model', `client.models.chrun`, /'chrun' does not exist.*Did you mean 'churn'\?/],
  [
    'an unknown class of a prediction',
    `churn.predict({ ${ROW} }).then(({ probabilities }) => probabilities.maybe)`,
    /'maybe' does not exist on type 'Readonly<Record<"no" \| "yes", number>>'/,
  ],
  [
    'a comparison that can never hold',
    `churn.predict({ ${ROW} }).then(({ value }) => value === 'maybe')`,
    /types '"no" \| "yes"' and '"maybe"' have no overlap/,
  ],
  [
    'probabilities of a number',
    `price.predict({ rooms: 3 }).then(({ probabilities }) => probabilities)`,
    /'probabilities' does not exist on type 'NumberPrediction'/,
  ],
  [
    'an outcome of a class that does not exist',
    `churn.recordOutcomes([{ predictionId: 'p', value: 'maybe' }])`,
    /Type '"maybe"' is not assignable to type '"no" \| "yes"'/,
  ],
  [
    'a boolean outcome of labelled classes',
    `churn.recordOutcomes([{ predictionId: 'p', value: true }])`,
    /Type 'boolean' is not assignable to type '"no" \| "yes"'|Type 'true' is not assignable/,
  ],
  [
    'a class as the outcome of a number',
    `price.recordOutcomes([{ predictionId: 'p', value: 'high' }])`,
    /Type 'string' is not assignable to type 'number'/,
  ],
  ['one row where many are expected', `price.predictMany({ rooms: 3 })`, /not assignable|does not exist in type/],
  ['a label among numbered classes', `grade.recordOutcomes([{ predictionId: 'p', value: 4 }])`, /Type '4' is not assignable to type/],
  [
    'the name of a prediction that is not logged',
    `churn.predict({ ${ROW} }, { log: false }).then(({ predictionId }) => predictionId)`,
    /'predictionId' does not exist on type 'Unlogged</,
  ],
  [
    'the name of a prediction of which nobody knows whether it is logged',
    `price.predict({ rooms: 3 }, { log: Math.random() > 0.5 }).then(({ predictionId }) => predictionId)`,
    /'predictionId' does not exist on type 'NumberPrediction \| Unlogged</,
  ],
  ['an option that does not exist', `price.predict({ rooms: 3 }, { lgo: false })`, /'lgo' does not exist in type/],
  [
    'an event that does not exist',
    `client.events.subscribe({ types: ['model.trainde'] })`,
    /Type '"model.trainde"' is not assignable.*|Did you mean/,
  ],
]

const RIGHT: readonly string[] = [
  `churn.recordOutcomes([{ predictionId: 'p', value: 'yes' }])`,
  `fraud.recordOutcomes([{ predictionId: 'p', value: true }, { predictionId: 'q', value: 'false' }])`,
  `grade.recordOutcomes([{ predictionId: 'p', value: 3 }, { predictionId: 'q', value: '1' }])`,
  `price.recordOutcomes([{ predictionId: 'p', value: 3.5 }])`,
  `client.model('later').recordOutcomes([{ predictionId: 'p', value: 3 }, { predictionId: 'q', value: 'x' }, { predictionId: 'r', value: false }])`,
  `churn.predict({ ${ROW}, seats: 2 })`,
  `churn.predict({ ${ROW} }).then(({ predictionId }) => predictionId.length)`,
  `churn.predict({ ${ROW} }, { explain: true, log: true }).then(({ predictionId }) => predictionId.length)`,
  `churn.predictMany([{ ${ROW} }], { version: 'challenger' }).then(([first]) => first?.predictionId.length)`,
  `churn.predict({ ${ROW} }, { log: false }).then(({ value }) => value === 'yes')`,
]

let folder: string
let errors: ReadonlyMap<string, string>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-types-'))
  const paths = {
    zod: [join(ROOT, 'node_modules/zod/index.d.cts')],
    'tandem-ml': [join(ROOT, 'src/index.ts')],
    'tandem-ml/client': [join(ROOT, 'src/interfaces/client/index.ts')],
  }
  const compilerOptions = {
    target: 'es2024',
    lib: [
      'es2024',
      'esnext.disposable',
      'esnext.iterator',
      'esnext.collection',
      'esnext.array',
      'dom',
      'dom.iterable',
      'dom.asynciterable',
    ],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
    paths,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tandem.config.ts'), CONFIG)
  WRONG.forEach(([, line], index) => {
    writeFileSync(join(folder, `wrong-${index}.ts`), `${HEAD}void [churn, fraud, grade, price]\nvoid (${line})\n`)
  })
  writeFileSync(join(folder, 'right.ts'), `${HEAD}${RIGHT.map((line) => `void ${line}\n`).join('')}`)
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
  })
  const found = new Map<string, string>()
  let at = ''
  for (const line of stdout.split('\n')) {
    const [, file, message] = /^(\S+\.ts)\(\d+,\d+\): error TS\d+: (.*)$/.exec(line) ?? []
    if (file !== undefined) at = file
    if (line !== '') found.set(at, `${found.get(at) ?? ''}${message ?? `\n${line}`}`)
  }
  errors = found
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the compiler', () => {
  test.each(WRONG.map(([title, , message], index) => [title, index, message] as const))(
    'refuses %s and says so in short',
    (_, index, message) => {
      const said = errors.get(`wrong-${index}.ts`) ?? ''
      expect(said.replaceAll('\n', ' ')).toMatch(message)
      expect(said.length).toBeLessThan(700)
      expect(said).not.toMatch(/ZodObject|_zod|No overload|infer /)
    },
  )

  test('accepts what is right, and finds nothing else', () => {
    const elsewhere = [...errors].filter(([file]) => !file.startsWith('wrong-'))
    expect(elsewhere).toEqual([])
  })
})

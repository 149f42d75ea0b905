// The house rules that a linter cannot know: who may import whom, and what stands in one place only. CONTRIBUTING.md draws the tree.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const ORDER =
  'models training predictions experiments rollout monitoring analytics embeddings search recommend language vision gateway content'
const CAPABILITIES = ORDER.split(' ')
const ROOT = 'errors|error-codes|endpoint|socket|definitions|preparation|sources|config|language|tandem|collections|embeddings|predictions'

interface Import {
  readonly target: string
  readonly typeOnly: boolean
}

/** What a file may import from the repository, by where it stands; the first line that fits a file counts. */
const WINGS: readonly (readonly [file: RegExp, allowed: RegExp])[] = [
  [/^src\/(errors|sources|preparation)\.ts$/, /^$/],
  [/^src\/error-codes\.ts$/, /^src\/errors\.ts$/],
  [/^src\/definitions\.ts$/, /^src\/(sources|preparation)\.ts$/],
  [/^src\/endpoint\.ts$/, /^src\/errors\.ts$/],
  [/^src\/socket\.ts$/, /^src\/(errors|endpoint)\.ts$/],
  [/^src\/tandem\.ts$/, /^src\/(definitions|preparation|collections|embeddings|language|predictions)\.ts$/],
  [/^src\/(collections|embeddings|language|predictions)\.ts$/, /^src\/(definitions|sources|tandem|embeddings)\.ts$/],
  [/^src\/config\.ts$/, /^src\/(errors|endpoint|socket|definitions|tandem)\.ts$/],
  [/^src\/algorithms\//, /^src\/(errors\.ts|algorithms\/)/],
  [/^src\/platform\//, new RegExp(`^src/((${ROOT})\\.ts|(algorithms|platform)/)`)],
  [/^src\/capabilities\//, new RegExp(`^src/((${ROOT})\\.ts|(algorithms|platform|capabilities)/)`)],
  [/^src\/interfaces\/client\//, new RegExp(`^src/((${ROOT})\\.ts|interfaces/client/|.*/schema\\.ts$)`)],
  [/^src\/interfaces\/nest\//, new RegExp(`^src/((${ROOT}|app)\\.ts|interfaces/(nest|client)/|interfaces/server/readiness\\.ts$)`)],
  [/^src\/interfaces\/cli\//, /^src\/(?!index\.ts)/],
  [/^src\/interfaces\//, new RegExp(`^src/((${ROOT})\\.ts|(algorithms|platform|capabilities|interfaces/(server|in-process))/)`)],
  [/^src\/(app|assemble|open-server)\.ts$/, /^src\/(?!index\.ts|interfaces\/cli\/)/],
  [/^src\/index\.ts$/, /^src\//],
  // The client runs in browsers; of everything else the dashboard may know types only.
  [/^dashboard\//, /^(src\/(errors\.ts|interfaces\/client\/)|dashboard\/)/],
]

/** What stands in one place only: [pattern in the import or the text, files that may hold it, why]. */
const ONE_PLACE: readonly (readonly [what: RegExp, where: RegExp, why: string])[] = [
  [/^(fastify|@fastify\/.*)$/, /^src\/interfaces\/server\//, 'only interfaces/server knows the web framework'],
  [
    /^(node:sqlite|pg|pg-.*|mysql2)$/,
    /^src\/platform\/(storage|sources)\//,
    'only platform/storage and platform/sources know database drivers',
  ],
  [/^(ioredis|bullmq)$/, /^src\/platform\/(redis|cache|auth|jobs)\//, 'only the platform knows the clients of Redis'],
  [/^node:|^[^.]/, /^src\/(?!algorithms\/)|^(apps|dashboard)\//, 'algorithms import no package and no node: module'],
  [/^(?!tandem-ml$|tandem-ml\/|zod$|node:|\.)/, /^(src|dashboard)\//, 'apps import only tandem-ml, zod and node:'],
]
const TEXT_RULES: readonly (readonly [what: RegExp, where: RegExp, why: string])[] = [
  [/\bprocess\.env\b/, /^src\/config\.ts$|^(?!src\/)/, 'only config.ts reads process.env'],
  [/\b(Date\.now|Math\.random|performance\.now|new Date)\(/, /^(?!src\/algorithms\/)/, 'algorithms get a clock and an Rng passed'],
  [
    /^(?:(?:export )?(?:const|let|var) [^\n]*= |for )?await\b/m,
    /^(?!src\/)/,
    'no top-level await: CommonJS users load src through require',
  ],
  [
    /\bfetch\(|\bnew (XMLHttpRequest|EventSource)\b/,
    /^dashboard\/src\/(client|upload)\.ts$|^(?!dashboard\/)/,
    'only client.ts sends requests, and upload.ts files',
  ],
  [/\bnew WebSocket\b/, /^(?!dashboard\/)/, 'the dashboard hears events by the client'],
  [
    /#[0-9a-f]{3,8}\b(?=['"`; )])|\b(rgb|hsl|oklch)a?\(\d/i,
    /^dashboard\/(src\/tokens\.css|public\/icon\.svg)$|^(?!dashboard\/)/,
    'only tokens.css names colours',
  ],
]
const MACHINE_PATH = /(?<![\w.$)}-])\/(w[o]rk|r[o]ot|t[m]p|h[o]me)\/[a-z]/
const NAMELESS = /(^|\/)(utils?|helpers?|commons?|managers?|services?|misc|base|core|lib|types)(\/|\.\w)/

/** Sentences about everything in a file that the rules forbid; none for a good file. */
function violations(path: string, source: string): string[] {
  const found: string[] = []
  const isTest = /\.test\.tsx?$|\/testing\//.test(path)
  if (NAMELESS.test(path)) found.push('is named after nothing in the field')
  if (MACHINE_PATH.test(source)) found.push(`holds a path of one machine: ${MACHINE_PATH.exec(source)?.[0]}`)
  if (isTest) return found.map((sentence) => `${path} ${sentence}`)
  const lines = source.split('\n').length - 1
  if (lines > 400) found.push(`has ${lines} lines; 400 is the limit`)
  // Comments may speak of what code may not do.
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  for (const [what, where, why] of TEXT_RULES) if (what.test(code) && !where.test(path)) found.push(why)
  for (const imported of importsOf(code)) {
    const { target } = imported
    for (const [what, where, why] of ONE_PLACE) if (what.test(target) && !where.test(path)) found.push(`imports ${target}: ${why}`)
    if (target.startsWith('.')) found.push(...wingViolations(path, imported))
  }
  return found.map((sentence) => `${path} ${sentence}`)
}

function wingViolations(path: string, { target, typeOnly }: Import): string[] {
  const file = posix.join(posix.dirname(path), target)
  if (path.startsWith('apps/')) {
    return file.startsWith(`${path.split('/', 2).join('/')}/`) ? [] : [`imports ${file}: an app stands alone`]
  }
  // Types of what is sent: known everywhere, loaded nowhere.
  if (typeOnly && /^src\/(tandem|collections|embeddings|language|predictions)\.ts$/.test(path) && /\/schema\.ts$/.test(file)) return []
  if (typeOnly && path.startsWith('src/interfaces/client/') && file === 'src/platform/events/events.ts') return []
  if (path.startsWith('dashboard/')) {
    if (typeOnly && file.startsWith('src/')) return []
    const [from, to] = [path, file].map((place) => /^dashboard\/src\/capabilities\/([^/]+)\//.exec(place)?.[1])
    if (from !== undefined && to !== undefined && from !== to && /\.page\.tsx$/.test(file)) {
      return [`imports ${file}: a page of another capability is reached by a link`]
    }
  }
  const allowed = WINGS.find(([where]) => where.test(path))?.[1]
  if (allowed === undefined) return ['stands in no wing']
  if (!allowed.test(file)) return [`imports ${file}: imports go downwards through the wings only`]
  const [from, to] = [path, file].map((place) => /^src\/capabilities\/([^/]+)\//.exec(place)?.[1])
  if (from === undefined || to === undefined || from === to || file.endsWith('/schema.ts')) return []
  if (!file.endsWith('/index.ts')) return [`imports ${file}: another capability is reached through its index.ts`]
  return CAPABILITIES.indexOf(to) < CAPABILITIES.indexOf(from) ? [] : [`imports ${to}, which stands after ${from}`]
}

function importsOf(code: string): Import[] {
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'|\b(?:import|require)\(\s*'([^']+)'/gm)
  return [...statements].map(([, type, from, called]) => ({ target: (from ?? called)!, typeOnly: type !== undefined }))
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|mjs|css|js)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

describe('architecture', () => {
  test('every file of src, apps and the dashboard keeps the rules', () => {
    const files = [...sources('src'), ...sources('apps'), ...sources('dashboard')]
    expect(files.length).toBeGreaterThan(20)
    expect(files.flatMap((path) => violations(path, readFileSync(join(root, path), 'utf8')))).toEqual([])
  })

  // The checker is checked: each planted line must be found, each good one must pass.
  test.each([
    ['src/algorithms/tree/predict.ts', "import { z } from 'zod'", /no package/],
    ['src/algorithms/tree/predict.ts', "import { join } from 'node:path'", /no package/],
    ['src/algorithms/tree/predict.ts', "import type { Job } from '../../platform/jobs/jobs.ts'", /downwards/],
    ['src/algorithms/tree/predict.ts', 'const seed = Math.random()', /Rng/],
    ['src/platform/jobs/jobs.ts', "import { createModels } from '../../capabilities/models/index.ts'", /downwards/],
    ['src/platform/jobs/jobs.ts', "import {\n  Pool,\n} from 'pg'", /drivers/],
    ['src/capabilities/models/models.ts', "import { train } from '../training/index.ts'", /stands after models/],
    ['src/capabilities/training/training.ts', "import { parse } from '../models/feature-schema.ts'", /index\.ts/],
    ['src/capabilities/models/routes.ts', "import fastify from 'fastify'", /web framework/],
    ['src/capabilities/models/models.ts', "const app = await import('../../app.ts')", /downwards/],
    ['src/interfaces/cli/start.ts', 'const port = process.env.PORT', /process\.env/],
    ['src/interfaces/server/server.ts', "import { createTandem } from '../../app.ts'", /downwards/],
    ['src/interfaces/client/client.ts', "import { open } from '../../platform/storage/open.ts'", /downwards/],
    ['src/tandem.ts', "import { Version } from './capabilities/models/schema.ts'", /downwards/],
    ['src/app.ts', 'export const app = await start()', /top-level await/],
    ['src/platform/utils.ts', '', /named after nothing/],
    ['src/platform/cache.ts', '\n'.repeat(400), /401 lines/],
    ['src/platform/cache.ts', `const folder = '/${'tmp'}/cache'`, /one machine/],
    ['apps/shop/shop.ts', "import { fitRandomForest } from '../../src/algorithms/index.ts'", /stands alone/],
    ['apps/shop/shop.ts', "import fastify from 'fastify'", /apps import only/],
    ['dashboard/src/capabilities/jobs/queries.ts', "const jobs = await fetch('/v1/jobs')", /client\.ts/],
    ['dashboard/src/capabilities/jobs/queries.ts', "const socket = new WebSocket('/v1/events')", /by the client/],
    ['dashboard/src/capabilities/jobs/jobs.page.tsx', "import { ModelsPage } from '../models/models.page.tsx'", /by a link/],
    ['dashboard/src/capabilities/jobs/jobs.page.tsx', "import { jobView } from '../../../../src/platform/jobs/job-view.ts'", /downwards/],
    ['dashboard/src/ui/pill.tsx', "const tone = '#0b6b3a'", /tokens\.css/],
  ])('finds what is wrong in %s: %s', (path, source, sentence) => {
    expect(violations(path, `${source}\n`).join('\n')).toMatch(sentence)
  })

  test.each([
    ['src/tandem.ts', "import type { Version } from './capabilities/models/schema.ts'"],
    ['src/capabilities/models/models.ts', "import { TrainedSchema } from '../training/schema.ts'"],
    ['src/capabilities/training/training.ts', "import { createModels } from '../models/index.ts'"],
    ['src/algorithms/tree/predict.ts', '// never call Date.now() here\nexport const leaf = -1'],
    ['src/interfaces/cli/start.ts', "  const { createTandem } = await import('../../app.ts')"],
    ['apps/shop/shop.test.ts', "import { expect } from 'vitest'"],
    ['dashboard/src/live.ts', "import type { EventMap } from '../../src/platform/events/events.ts'"],
    ['dashboard/src/capabilities/jobs/job.page.tsx', "import { JobStatus } from './parts/job-status.tsx'"],
  ])('lets the good line in %s pass: %s', (path, source) => {
    expect(violations(path, `${source}\n`)).toEqual([])
  })
})

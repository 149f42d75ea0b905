// Claims: news that nobody trained for get the right one of four labels (name, description, five phrases) in 70 of 100 cases by the static
// vectors of the package, and the right one is among the first two in 88; 0.2 ms of CPU time a text.
// Run: node --conditions=tandem-source bench/language/categories.ts. Needs shared/data beside the repository (AG News, test part).
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { createTandem, defineTandem } from '../../src/index.ts'
import { report } from '../frame/report.ts'
import { dataFolder } from '../search/quality-sets.ts'

const TEXTS = 2_000
const BATCH = 200

/** Written from the names of the labels, before any text of the set was read. */
const LABELS = [
  {
    name: 'World',
    description: 'Politics, governments, wars and disasters of countries',
    examples: [
      'the president met foreign ministers',
      'troops killed in an attack',
      'peace talks',
      'elections held',
      'an earthquake kills many',
    ],
  },
  {
    name: 'Sports',
    description: 'Games, teams, players and their results',
    examples: [
      'the team won the final',
      'scored two goals',
      'the coach of the club',
      'Olympic gold medal',
      'a home run in the ninth inning',
    ],
  },
  {
    name: 'Business',
    description: 'Companies, markets, money and jobs',
    examples: [
      'shares fell',
      'quarterly profit rose',
      'oil prices',
      'the company agreed to buy its rival',
      'the central bank raised rates',
    ],
  },
  {
    name: 'Sci/Tech',
    description: 'Science, computers, software, the internet and space',
    examples: [
      'a new version of the software',
      'scientists discovered',
      'a spacecraft was launched',
      'search engine',
      'a security hole in the browser',
    ],
  },
]

async function main(): Promise<void> {
  const rows = parse(readFileSync(join(dataFolder(), 'ag-news', 'test.csv'), 'utf8')) as string[][]
  // Evenly over the file.
  const chosen = rows.filter((_, at) => at % Math.floor(rows.length / TEXTS) === 0).slice(0, TEXTS)
  const texts = chosen.map(([, title, text]) => `${title}. ${text}`)
  const tandem = await createTandem(defineTandem({}), { settings: { dataDir: ':memory:', logLevel: 'silent' } })
  /** How often the right label is the first, and among the first two. */
  const judge = async (labels: Parameters<typeof tandem.language.categories>[1]['labels']) => {
    const options = { labels, limit: LABELS.length, embedder: 'static-en-256' }
    await tandem.language.categories('warm', options)
    const cpu = process.cpuUsage()
    let [first, second] = [0, 0]
    for (let from = 0; from < texts.length; from += BATCH) {
      const { results } = await tandem.language.categoriesMany(texts.slice(from, from + BATCH), options)
      for (const [at, { categories }] of results.entries()) {
        const place = categories.findIndex(({ label }) => label === LABELS[Number(chosen[from + at]![0]) - 1]!.name)
        if (place === 0) first++
        if (place <= 1) second++
      }
    }
    const { user, system } = process.cpuUsage(cpu)
    return { first: first / texts.length, second: second / texts.length, cpuMs: (user + system) / 1000 / texts.length }
  }
  const { first, second, cpuMs } = await judge(LABELS)
  const bare = await judge(LABELS.map(({ name }) => name))
  await tandem.close()
  report(
    'categories',
    [
      { name: 'right label first', ours: first, unit: 'of texts', limit: 0.7, bound: 'at least' },
      { name: 'right label among two', ours: second, unit: 'of texts', limit: 0.88, bound: 'at least' },
      { name: 'right label first, beside names alone', ours: first, rival: bare.first, unit: 'of texts', limit: 1.1, bound: 'at least' },
      { name: 'CPU time a text, all threads', ours: cpuMs, unit: 'ms', limit: 0.5, bound: 'at most' },
    ],
    { texts: texts.length, labels: LABELS.length, load: loadavg()[0] },
  )
}

await main()

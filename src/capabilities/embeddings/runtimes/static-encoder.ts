// The static model: a table of token vectors, no network of layers. The repository carries one, models/static-en.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedTokens, type StaticTable, unpackTable } from '../../../algorithms/text/static-embedding/static-table.ts'
import { createWordPiece } from '../../../algorithms/text/tokenize/word-piece.ts'
import { TandemError } from '../../../errors.ts'
import { changeTable, decodeTunedFile } from '../fine-tune/tuned-file.ts'
import type { Encoder } from './encoder.ts'
import type { TunedChanges } from './open-encoder.ts'

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
 * Opens a static model, with the rows of a fine-tuned version in place where given.
 *
 * @throws `invalid_config` when the folder lacks a file; `artifact_damaged` when the table is not the one that model.json describes.
 */
export async function openStaticEncoder({
  folder,
  changes,
}: {
  readonly folder: string
  readonly changes?: TunedChanges
}): Promise<Encoder> {
  const { table, tokenize } = await openStaticModel({ folder })
  if (changes === undefined) return createStaticEncoder(table, tokenize)
  const { weights } = decodeTunedFile(changes.bytes)
  if (weights.kind !== 'table') throw new TandemError('artifact_damaged', 'The file is that of an adapter, not of a table.')
  return createStaticEncoder(changeTable(table, weights), tokenize)
}

export interface StaticModel {
  readonly table: StaticTable
  /** Appends the rows of a text's tokens: at least one. */
  tokenize(text: string, ids: number[]): void
}

/** @throws as `openStaticEncoder`. */
export async function openStaticModel({ folder }: { readonly folder: string }): Promise<StaticModel> {
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
  const unknown = vocabulary.indexOf('[UNK]')
  return {
    table,
    tokenize(text, ids) {
      const before = ids.length
      tokenizer.append(text, ids, before + MAX_TOKENS)
      // A text of controls alone: no direction would make every similarity to it undefined.
      if (ids.length === before) ids.push(unknown)
    },
  }
}

function createStaticEncoder(table: StaticTable, tokenize: StaticModel['tokenize']): Encoder {
  const { dimensions } = table
  const ids: number[] = []
  return {
    dimensions,
    async encode(texts) {
      const vectors = new Float32Array(texts.length * dimensions)
      const tokens = new Int32Array(texts.length)
      for (const [row, text] of texts.entries()) {
        ids.length = 0
        tokenize(text, ids)
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

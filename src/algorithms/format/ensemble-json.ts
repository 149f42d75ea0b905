// Trees as JSON, for programs that read no .tdm: the arrays of a TreeEnsemble as lists of numbers.
import { TandemError } from '../../errors.ts'
import { type TreeEnsemble, validateEnsemble } from '../tree/ensemble.ts'
import type { LeafLines } from '../tree/leaf-lines.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { fieldOf, numbersOf, parseJson, textOf } from './foreign-json.ts'

const SOURCE = 'Tandem JSON'
const FORMAT = 'tandem-trees'
const ARRAYS = {
  feature: Int32Array,
  threshold: Float32Array,
  left: Uint32Array,
  missingLeft: Uint8Array,
  leafValues: Float32Array,
  roots: Uint32Array,
  baseScores: Float64Array,
  importances: Float64Array,
} as const
const OPTIONAL = {
  cover: Uint32Array,
  categoryStarts: Uint32Array,
  categoryBins: Uint8Array,
  categorySets: Uint32Array,
  zeroIsMissing: Uint8Array,
} as const
/** 2: leaves that are lines, or features to which 0 is missing. */
const VERSIONS: readonly unknown[] = [1, 2]

/**
 * Writes trees as JSON with sorted keys; the same trees give the same text.
 *
 * @example
 * const again = importTreesJson(exportTreesJson(ensemble)) // predicts the same, to the bit
 */
export function exportTreesJson(ensemble: TreeEnsemble): string {
  const { oobScore: _, leafLines, ...kept } = ensemble
  const version = leafLines || kept.zeroIsMissing ? 2 : 1
  return canonicalJson({ format: FORMAT, version, trees: { ...plain(kept), ...(leafLines ? { leafLines: plain(leafLines) } : {}) } })
}

function plain(arrays: object): { readonly [name: string]: Json } {
  const entries = Object.entries(arrays).map(([name, value]) => [
    name,
    ArrayBuffer.isView(value) ? Array.from(value as Float32Array, written) : value,
  ])
  return Object.fromEntries(entries)
}

/**
 * Reads what `exportTreesJson` wrote.
 *
 * @throws   `invalid_input` for another file; `artifact_damaged` for trees that do not fit together.
 */
export function importTreesJson(text: string): TreeEnsemble {
  const file = parseJson(text, SOURCE)
  if (fieldOf(file, 'format') !== FORMAT || !VERSIONS.includes(fieldOf(file, 'version'))) {
    throw new TandemError(
      'invalid_input',
      `The file has the format ${JSON.stringify(fieldOf(file, 'format'))}, version ${fieldOf(file, 'version')}; expected "${FORMAT}", version 1 or 2.`,
    )
  }
  const trees = fieldOf(file, 'trees')
  const arrays = Object.entries(ARRAYS).map(([name, type]) => [
    name,
    type.from(name === 'threshold' ? thresholdsOf(trees) : numbersOf(trees, name, SOURCE)),
  ])
  const present = Object.entries(OPTIONAL).filter(([name]) => fieldOf(trees, name) !== undefined)
  const optional = present.map(([name, type]) => [name, type.from(numbersOf(trees, name, SOURCE))])
  const counts = ['nFeatures', 'nClasses', 'nTrees', 'leafSize'].map((name) => [name, fieldOf(trees, name)])
  const link = fieldOf(trees, 'link') === undefined ? {} : { link: textOf(trees, 'link', SOURCE) }
  const ensemble = {
    ...{ kind: textOf(trees, 'kind', SOURCE), task: textOf(trees, 'task', SOURCE), ...link },
    ...Object.fromEntries([...counts, ...arrays, ...optional]),
    ...(fieldOf(trees, 'leafLines') === undefined ? {} : { leafLines: linesOf(fieldOf(trees, 'leafLines')) }),
  } as TreeEnsemble
  validateEnsemble(ensemble)
  return ensemble
}

function linesOf(lines: unknown): LeafLines {
  const take = (name: string): Float64Array => numbersOf(lines, name, SOURCE)
  return {
    starts: Uint32Array.from(take('starts')),
    features: Uint32Array.from(take('features')),
    coefficients: take('coefficients'),
    constants: take('constants'),
  }
}

/** A split between missing and not missing values has the threshold Infinity, which is text in JSON. */
function written(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function thresholdsOf(trees: unknown): Float64Array {
  const field = fieldOf(trees, 'threshold')
  if (!Array.isArray(field)) return numbersOf(trees, 'threshold', SOURCE)
  const infinite = new Map(
    field.flatMap((value, at) => (value === 'Infinity' || value === '-Infinity' ? [[at, Number(value)] as const] : [])),
  )
  const finite = numbersOf({ threshold: field.map((value, at) => (infinite.has(at) ? 0 : value)) }, 'threshold', SOURCE)
  for (const [at, value] of infinite) finite[at] = value
  return finite
}

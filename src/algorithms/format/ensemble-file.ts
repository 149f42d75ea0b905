// Trees in a .tdm file, every index checked before the first walk. 10 to 13 bytes a node: features in the narrowest type that
// holds them, covers of the leaves alone. Files from before covers were kept are read too.
import { TandemError } from '../../errors.ts'
import { type TreeEnsemble, validateEnsemble } from '../tree/ensemble.ts'
import type { Json } from './canonical-json.ts'
import { leafCovers, withCovers } from './leaf-covers.ts'
import { decodeTdm, encodeTdm, type SectionArray, type TdmContent, type TdmOptions } from './tdm.ts'

export type ModelHeader = Readonly<Record<string, Json | undefined>>

export interface DecodedEnsemble {
  readonly ensemble: TreeEnsemble
  /** What the writer put beside the trees: feature names, classes, parameters, metrics. */
  readonly header: ModelHeader
}

const FORM = 'tree-ensemble'
/** Trees whose leaves are lines or to which 0 is missing: a reader that does not know of these must not read them as others. */
const FORM_OF_MORE = 'tree-ensemble-2'

/**
 * Writes trees with a header of the caller's; the same model and header give the same bytes.
 *
 * @throws   `artifact_damaged` for trees that no reader would accept; `invalid_input` for a header that JSON cannot keep.
 */
export function encodeEnsemble(ensemble: TreeEnsemble, header: ModelHeader = {}, options: TdmOptions = {}): Uint8Array {
  validateEnsemble(ensemble)
  const { kind, task, nFeatures, nClasses, nTrees, leafSize, ...arrays } = ensemble
  const { threshold, left, missingLeft, leafValues, roots, baseScores, importances } = arrays
  const feature = narrowed(arrays.feature, nFeatures)
  const { categoryStarts, categoryBins, categorySets } = arrays
  const categories: Record<string, SectionArray> =
    categoryStarts && categoryBins && categorySets ? { categoryStarts, categoryBins, categorySets } : {}
  const link = arrays.link === undefined ? {} : { link: arrays.link }
  const { leafLines, zeroIsMissing } = arrays
  const more: Record<string, SectionArray> = {
    ...(zeroIsMissing ? { zeroIsMissing } : {}),
    ...(leafLines
      ? {
          lineStarts: leafLines.starts,
          lineFeatures: leafLines.features,
          lineCoefficients: leafLines.coefficients,
          lineConstants: leafLines.constants,
        }
      : {}),
  }
  const leafCover: Record<string, SectionArray> = arrays.cover ? { leafCover: leafCovers(arrays.feature, arrays.cover) } : {}
  return encodeTdm(
    {
      header: {
        form: leafLines || zeroIsMissing ? FORM_OF_MORE : FORM,
        ensemble: { kind, task, nFeatures, nClasses, nTrees, leafSize, ...link },
        model: header,
      },
      sections: { feature, threshold, left, missingLeft, ...leafCover, leafValues, roots, baseScores, importances, ...categories, ...more },
    },
    options,
  )
}

/**
 * Reads trees; most of their arrays are views into `bytes`, which must not change afterwards.
 *
 * @throws   `artifact_damaged` when the file or any index in the trees is wrong, or it holds something else.
 */
export function decodeEnsemble(bytes: Uint8Array, options: TdmOptions = {}): DecodedEnsemble {
  return ensembleOf(decodeTdm(bytes, options))
}

/** As `decodeEnsemble`, of a file that was read already. */
export function ensembleOf({ header, sections }: TdmContent): DecodedEnsemble {
  const hasMore = header.form === FORM_OF_MORE
  if (header.form !== FORM && !hasMore) throw damaged(`it holds "${header.form}", not "${FORM}"`)
  const shape = record(header.ensemble, 'ensemble')
  const model = record(header.model, 'model')
  const take = <Kind extends SectionArray>(name: string, ...types: (new (...parts: never[]) => Kind)[]): Kind => {
    const section = sections[name]
    for (const type of types) if (section instanceof type) return section
    const expected = types.map((type) => type.name).join(' or ')
    throw damaged(`section "${name}" is ${section === undefined ? 'absent' : `a ${section.constructor.name}`}, expected a ${expected}`)
  }
  const feature = widened(take<Int8Array | Int16Array | Int32Array>('feature', Int8Array, Int16Array, Int32Array))
  const left = take('left', Uint32Array)
  const covers =
    sections.leafCover === undefined
      ? undefined
      : take<Uint8Array | Uint16Array | Uint32Array>('leafCover', Uint8Array, Uint16Array, Uint32Array)
  const ensemble: TreeEnsemble = {
    // validateEnsemble checks these names and numbers; until then they are whatever the file says.
    kind: shape.kind as TreeEnsemble['kind'],
    task: shape.task as TreeEnsemble['task'],
    nFeatures: shape.nFeatures as number,
    nClasses: shape.nClasses as number,
    nTrees: shape.nTrees as number,
    leafSize: shape.leafSize as number,
    feature,
    threshold: take('threshold', Float32Array),
    left,
    missingLeft: take('missingLeft', Uint8Array),
    leafValues: take('leafValues', Float32Array),
    roots: take('roots', Uint32Array),
    baseScores: take('baseScores', Float64Array),
    importances: take('importances', Float64Array),
    ...(shape.link === undefined ? {} : { link: shape.link as 'log' }),
    ...(sections.categoryStarts === undefined
      ? {}
      : {
          categoryStarts: take('categoryStarts', Uint32Array),
          categoryBins: take('categoryBins', Uint8Array),
          categorySets: take('categorySets', Uint32Array),
        }),
    ...(hasMore && sections.zeroIsMissing !== undefined ? { zeroIsMissing: take('zeroIsMissing', Uint8Array) } : {}),
    ...(hasMore && sections.lineStarts !== undefined
      ? {
          leafLines: {
            starts: take('lineStarts', Uint32Array),
            features: take('lineFeatures', Uint32Array),
            coefficients: take('lineCoefficients', Float64Array),
            constants: take('lineConstants', Float64Array),
          },
        }
      : {}),
  }
  const leaves = validateEnsemble(ensemble)
  return { ensemble: covers === undefined ? ensemble : withCovers(ensemble, leaves, covers), header: model }
}

/** Features in the narrowest type that holds their numbers. */
function narrowed(feature: Int32Array, nFeatures: number): Int8Array | Int16Array | Int32Array {
  return nFeatures <= 128 ? new Int8Array(feature) : nFeatures <= 32_768 ? new Int16Array(feature) : feature
}

function widened(feature: Int8Array | Int16Array | Int32Array): Int32Array {
  return feature instanceof Int32Array ? feature : new Int32Array(feature)
}

function record(value: unknown, name: string): Readonly<Record<string, Json>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>
  throw damaged(`its header has no object "${name}"`)
}

function damaged(what: string): TandemError {
  return new TandemError(
    'artifact_damaged',
    `The model file is damaged: ${what}. It was changed, or made by something else. Restore it from a copy, or train again.`,
  )
}

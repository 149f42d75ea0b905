// The file of a tagger: .tdm with the weights in 8 bits, the lists of names and the clusters of words.
import { TandemError } from '../../../errors.ts'
import { decodeTdm, encodeTdm, type TdmOptions } from '../../format/tdm.ts'
import type { TaggerModel } from './entity-tagger.ts'
import { LISTS } from './gazetteer.ts'

export interface ClusterTable {
  readonly words: readonly string[]
  /** Clusters of each word, one array a level. */
  readonly levels: readonly Uint16Array[]
}

const KIND = 'entity-tagger'

/** Of a model whose clusters come from a table. */
export function encodeTagger(
  model: Omit<TaggerModel, 'clusters'>,
  table: ClusterTable,
  about: Readonly<Record<string, string>>,
): Uint8Array {
  const phrases = [...model.phrases].sort(([left], [right]) => (left < right ? -1 : 1))
  return encodeTdm({
    header: {
      ...{ kind: KIND, version: 1, types: [...model.types], bits: model.bits, scale: model.scale, outsideBias: model.outsideBias },
      ...{ lists: [...LISTS], levels: table.levels.length, about },
    },
    sections: {
      emissions: model.emissions,
      transitions: model.transitions,
      phrases: utf8(phrases.map(([phrase]) => phrase)),
      lists: Uint8Array.from(phrases, ([, lists]) => lists),
      words: utf8(table.words),
      ...Object.fromEntries(table.levels.map((level, at) => [`level${at}`, level])),
    },
  })
}

/** @throws `artifact_damaged` when the file is not whole, or not a tagger. */
export function decodeTagger(bytes: Uint8Array, options: TdmOptions = {}): TaggerModel {
  const { header, sections } = decodeTdm(bytes, options)
  const types = header.types as string[]
  const { bits, scale, outsideBias, levels } = header as Readonly<Record<string, number>>
  const { emissions, transitions, phrases, lists, words } = sections
  const labels = 1 + 2 * (types?.length ?? 0)
  const isWhole =
    header.kind === KIND &&
    emissions instanceof Int8Array &&
    emissions.length === 2 ** bits! * labels &&
    transitions instanceof Float64Array &&
    transitions.length === labels * labels
  if (!isWhole) throw new TandemError('artifact_damaged', 'The file is not that of an entity tagger. Install the package again.')
  const names = lines(phrases as Uint8Array)
  const tables = Array.from({ length: levels! }, (_, at) => sections[`level${at}`] as Uint16Array)
  const places = new Map(lines(words as Uint8Array).map((word, place) => [word, place]))
  return {
    ...{ types, bits: bits!, scale: scale!, outsideBias: outsideBias!, emissions, transitions },
    phrases: names.map((name, at) => [name, lists![at]!] as const),
    clusters: {
      get(word) {
        const place = places.get(word)
        return place === undefined ? undefined : tables.map((table) => table[place]!)
      },
    },
  }
}

function utf8(parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(parts.join('\n'))
}

function lines(bytes: Uint8Array): string[] {
  return bytes.length === 0 ? [] : new TextDecoder().decode(bytes).split('\n')
}

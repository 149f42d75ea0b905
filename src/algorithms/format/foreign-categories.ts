// Sets of categories of imported trees. Trees here know 254 bins a feature and one for all else: categories that every split of their
// feature treats alike share a bin, so a feature of thousands of categories fits as long as its splits tell at most 254 groups apart.
import type { TandemError } from '../../errors.ts'
import { MAX_CATEGORY, OTHER_BIN, SET_WORDS } from '../tree/category-bins.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'

/** The listed categories go left when `listedLeft`, those that are known and not listed the other way, all others where `othersLeft` says. */
export interface CategorySet {
  readonly categories: readonly number[]
  readonly listedLeft: boolean
  /** Categories that no split of the feature lists and the file does not know: default as those not listed. */
  readonly othersLeft?: boolean
}

export interface CategoryList {
  /** @returns  the number of the set, which is the threshold of its node. */
  add(feature: number, set: CategorySet): number
  /** Nothing when no feature is split by categories. */
  finish(): Pick<TreeEnsemble, 'categoryStarts' | 'categoryBins' | 'categorySets'>
}

/** Entries of the tables of all features together, a byte each. */
const MAX_TABLES = 2 ** 26

/**
 * @param known   of each feature, the categories of training where the file tells them.
 * @param refuse  makes the error.
 */
export function createCategoryList(
  nFeatures: number,
  known: ReadonlyMap<number, readonly number[]>,
  refuse: (what: string) => TandemError,
): CategoryList {
  const sets: { readonly feature: number; readonly set: CategorySet }[] = []
  return {
    add(feature, set) {
      for (const category of set.categories) checkCategory(feature, category, refuse)
      sets.push({ feature, set })
      return sets.length - 1
    },
    finish() {
      if (sets.length === 0) return {}
      const byFeature = Map.groupBy(sets, ({ feature }) => feature)
      const categoryStarts = new Uint32Array(nFeatures + 1)
      const binsOf = new Map<number, ReadonlyMap<number, number>>()
      for (let f = 0; f < nFeatures; f++) {
        const own = byFeature.get(f)
        let length = 0
        if (own !== undefined) {
          for (const category of known.get(f) ?? []) checkCategory(f, category, refuse)
          const bins = groupCategories(
            own.map(({ set }) => set),
            known.get(f) ?? [],
          )
          const most = bins.size === 0 ? 0 : Math.max(...bins.values())
          if (most >= OTHER_BIN) {
            throw refuse(
              `the splits of feature ${f} tell more than ${OTHER_BIN} groups of its ${bins.size} categories apart. Train with fewer categories, rare ones as one`,
            )
          }
          // A feature without a table would be a number: one whose sets list nothing keeps one entry.
          length = [...bins.keys()].reduce((last, category) => Math.max(last, category + 1), 1)
          binsOf.set(f, bins)
        }
        categoryStarts[f + 1] = categoryStarts[f]! + length
        if (categoryStarts[f + 1]! > MAX_TABLES) throw refuse(`its features have more than ${MAX_TABLES} categories`)
      }
      const categoryBins = new Uint8Array(categoryStarts[nFeatures]!).fill(OTHER_BIN)
      for (const [f, bins] of binsOf) for (const [category, bin] of bins) categoryBins[categoryStarts[f]! + category] = bin
      const categorySets = new Uint32Array(sets.length * SET_WORDS)
      for (const [number, { feature, set }] of sets.entries()) {
        categorySets.set(wordsOf(set, binsOf.get(feature)!), number * SET_WORDS)
      }
      return { categoryStarts, categoryBins, categorySets }
    },
  }
}

function checkCategory(feature: number, category: number, refuse: (what: string) => TandemError): void {
  if (Number.isInteger(category) && category >= 0 && category <= MAX_CATEGORY) return
  throw refuse(`feature ${feature} has the category ${category}. Categories are whole numbers from 0 to ${MAX_CATEGORY}`)
}

/** The bin of each category that is named: equal for those that no set tells apart. */
function groupCategories(sets: readonly CategorySet[], known: readonly number[]): Map<number, number> {
  // Those never seen go with the ones that no set lists, unless a set sends them elsewhere: then every named one has a group of its own.
  const apart = sets.some(({ listedLeft, othersLeft }) => othersLeft !== undefined && othersLeft === listedLeft)
  const groups = new Map<number, number>()
  for (const category of known) groups.set(category, 0)
  for (const { categories } of sets) for (const category of categories) groups.set(category, 0)
  let last = 0
  for (const { categories } of sets) {
    // What is listed here and was one group until now becomes a new one.
    const fresh = new Map<number, number>()
    for (const category of new Set(categories)) {
      const was = groups.get(category)!
      if (!fresh.has(was)) fresh.set(was, ++last)
      groups.set(category, fresh.get(was)!)
    }
  }
  const used = [...new Set(groups.values())].filter((group) => apart || group !== 0).sort((a, b) => a - b)
  const binOf = new Map(used.map((group, bin) => [group, bin]))
  const bins = new Map<number, number>()
  for (const [category, group] of groups) if (binOf.has(group)) bins.set(category, binOf.get(group)!)
  return bins
}

function wordsOf({ categories, listedLeft, othersLeft = !listedLeft }: CategorySet, bins: ReadonlyMap<number, number>): Uint32Array {
  const words = new Uint32Array(SET_WORDS).fill(listedLeft ? 0 : 0xffffffff)
  const put = (bin: number, left: boolean): void => {
    if (left) words[bin >>> 5]! |= 1 << (bin & 31)
    else words[bin >>> 5]! &= ~(1 << (bin & 31))
  }
  for (const category of categories) put(bins.get(category)!, listedLeft)
  put(OTHER_BIN, othersLeft)
  return words
}

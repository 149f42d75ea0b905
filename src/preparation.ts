// What a feature of a model becomes before it is learned from, as a config says it.

/** What is done to the numbers that a feature has or becomes; what is left out is as the algorithm usually does it. */
interface Treatment {
  /** What stands in for a missing value: the median for sums, nothing (`none`) for trees. */
  readonly impute?: 'mean' | 'median' | 'mode' | 'constant' | 'none'
  /** Of `constant`; default 0. */
  readonly fill?: number
  /** A column that says where the value was missing; `auto`: when one was missing in training. */
  readonly indicator?: boolean | 'auto'
  readonly scale?: 'standard' | 'min-max' | 'robust' | 'none'
}

/** What a feature becomes before it is learned from. */
export type ColumnPreparation =
  | ({ readonly kind: 'number' } & Treatment)
  /** Categories with fewer rows than `minCount` (5) share a column; `maxCategories` (256) have their own. */
  | {
      readonly kind: 'one-hot'
      readonly minCount?: number
      readonly maxCategories?: number
      readonly missing?: 'column' | 'none'
    }
  /** The place in `categories`; another category is `missing`, or a number. */
  | ({ readonly kind: 'ordinal'; readonly categories?: readonly string[]; readonly unseen?: number | 'missing' } & Treatment)
  /** The mean target of the category, drawn to the overall mean by `smooth` (10) rows; a training row gets means of other rows. */
  | { readonly kind: 'target'; readonly smooth?: number; readonly folds?: number; readonly scale?: Treatment['scale'] }
  | ({
      readonly kind: 'date'
      /** In UTC. Default year, month, day, weekday, and hour of a date-time. */
      readonly parts?: readonly ('year' | 'month' | 'day' | 'weekday' | 'hour' | 'dayOfYear' | 'days')[]
    } & Treatment)
  | {
      readonly kind: 'text'
      readonly options?: {
        readonly analyzer?: 'word' | 'char' | 'char-wb'
        readonly ngramRange?: readonly [number, number]
        readonly lowercase?: boolean
        readonly stripAccents?: 'unicode' | 'ascii'
        readonly stopWords?: 'english'
        readonly minDf?: number
        readonly maxFeatures?: number
        readonly sublinearTf?: boolean
      }
    }

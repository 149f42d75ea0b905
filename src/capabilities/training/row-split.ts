// What keeps rows of a table together, or in order, wherever they are parted into those to learn from and those to judge on.

/** By row of the table, on shared memory. */
export type RowSplit =
  /** Rows of one number stay together. */
  | { readonly by: 'group'; readonly groups: Uint32Array }
  /** Rows are judged by models of earlier ones. */
  | { readonly by: 'time'; readonly times: Float64Array }

/** What parted rows that are held out from the others. */
export type Parted =
  | { readonly by: 'group'; readonly groups: number; readonly heldOutGroups: number }
  /** Times of the earliest and the latest held-out row. */
  | { readonly by: 'time'; readonly from: number; readonly until: number }

/** Share of rows that is held out. */
export const HOLD_OUT_SHARE = 0.2

// Trees behind a preparation of features as JSON, for programs that read no .tdm: how each feature is read, what it becomes, and the trees.
import type { FittedColumns } from '../columns/column-spec.ts'
import type { RowColumn } from '../columns/row-table.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { exportTreesJson } from './ensemble-json.ts'

/** What a file of it says it is. */
export const PREPARED_JSON = 'tandem-prepared-trees'

/**
 * Writes a preparation and its trees as JSON with sorted keys; the same ones give the same text. `trees` is what `exportTreesJson` writes;
 * they read the `nColumns` numbers that the columns make. A column is called as in `column-spec.ts`, with what was learnt of it.
 */
export function exportPreparedJson(fields: readonly RowColumn[], { features, nColumns }: FittedColumns, ensemble: TreeEnsemble): string {
  const { trees } = JSON.parse(exportTreesJson(ensemble)) as { readonly trees: Json }
  const columns = JSON.parse(JSON.stringify(features)) as Json[]
  const described = fields.map((field, at) => ({
    ...(JSON.parse(JSON.stringify(field)) as { [name: string]: Json }),
    column: columns[at]!,
  }))
  return canonicalJson({ format: PREPARED_JSON, version: 1, inputs: described, nColumns, trees })
}

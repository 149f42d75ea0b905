// The two directions in which vectors differ most (their first principal components), and where each stands in them: of 2,000 vectors of 384
// numbers in 0.05 s, however near the directions are to others. Of very many long vectors by the leading singular vectors of the centered
// rows, since products of all columns would take too much memory.
import { fitPca, MOST_COMPONENTS, transformPca } from '../../../algorithms/cluster/fit-pca.ts'
import { fitTruncatedSvd, transformTruncatedSvd } from '../../../algorithms/cluster/fit-truncated-svd.ts'

export interface ProjectTask {
  /** Row by row. */
  readonly values: Float32Array
  readonly rows: number
  readonly columns: number
}

export interface Projection {
  /** Shape (rows, 2). */
  readonly points: Float64Array
  readonly explained: number
}

export function projectTask(task: ProjectTask): Projection {
  if (Math.min(task.rows, task.columns) > MOST_COMPONENTS) return bySingularVectors(task)
  const pca = fitPca(task, { nComponents: 2 })
  const [first = 0, second = 0] = pca.explainedVarianceRatio
  // Of equal vectors a plane shows all there is.
  return { points: transformPca(pca, task), explained: first === 0 ? 1 : Math.min(1, first + second) }
}

function bySingularVectors({ values, rows, columns }: ProjectTask): Projection {
  const means = new Float64Array(columns)
  for (let at = 0; at < values.length; at++) means[at % columns]! += values[at]! / rows
  const centered = Float64Array.from(values, (value, at) => value - means[at % columns]!)
  const x = { rows, columns, values: centered }
  const svd = fitTruncatedSvd(x, { nComponents: 2, algorithm: 'exact' })
  const total = centered.reduce((sum, value) => sum + value * value, 0)
  const shown = svd.singularValues.reduce((sum, value) => sum + value * value, 0)
  return { points: transformTruncatedSvd(svd, x), explained: total === 0 ? 1 : Math.min(1, shown / total) }
}

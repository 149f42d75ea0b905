// By which number versions are compared. A file of its own: what the threads run is not loaded for it.

/** Name of the main metric: lower is better. */
export function mainMetric(task: 'classification' | 'regression'): 'logLoss' | 'rmse' {
  return task === 'classification' ? 'logLoss' : 'rmse'
}

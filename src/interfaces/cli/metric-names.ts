// The names metrics have in a version, for people: which one matters first, and how it is written.

type Metrics = Readonly<Record<string, number>>

const TITLES: Readonly<Record<string, string>> = {
  f1: 'F1',
  rocAuc: 'ROC AUC',
  logLoss: 'log loss',
  brier: 'Brier score',
  ece: 'calibration error',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
}

/** `averagePrecision` as "average precision", abbreviations as people write them. */
export function metricTitle(name: string): string {
  return TITLES[name] ?? name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** The metric shown first of a task, and where it stands among the measured ones. */
export function mainMetric(task: 'classification' | 'regression'): { readonly title: string; of(metrics: Metrics): number | undefined } {
  const name = task === 'classification' ? 'accuracy' : 'r2'
  return { title: metricTitle(name), of: (metrics) => metrics[name] }
}

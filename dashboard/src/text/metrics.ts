// What the metrics of models are called and what they say, in one line each.

export const metricText = {
  accuracy: { title: 'Accuracy', meaning: 'Share of rows predicted right.' },
  precision: { title: 'Precision', meaning: 'Of those called a class, the share that was it.' },
  recall: { title: 'Recall', meaning: 'Of those of a class, the share that was found.' },
  f1: { title: 'F1', meaning: 'Harmonic mean of precision and recall.' },
  rocAuc: { title: 'ROC AUC', meaning: 'Chance that a random row of the class ranks above one that is not; 0.5 is guessing.' },
  averagePrecision: { title: 'Average precision', meaning: 'Precision averaged over every recall.' },
  logLoss: { title: 'Log loss', meaning: 'How surprised the probabilities were by the truth; lower is better.' },
  brier: { title: 'Brier score', meaning: 'Mean squared error of the probability; lower is better.' },
  ece: { title: 'Calibration error', short: 'calibration', meaning: 'How far stated confidence is from what came true; lower is better.' },
  mae: {
    title: 'Mean absolute error',
    short: 'MAE',
    meaning: 'How far off a prediction is on average, in the unit of the target; lower is better.',
  },
  rmse: { title: 'RMSE', meaning: 'Like the mean absolute error, with large misses weighing more; lower is better.' },
  r2: { title: 'R²', meaning: 'Share of the spread of the target that is explained; 0 is always saying the mean.' },
  oobScore: {
    title: 'Out-of-bag score',
    short: 'out of bag',
    meaning: 'Accuracy or R² on training rows, each by the trees that did not draw it.',
  },
  coverage: { title: 'Interval coverage', meaning: 'Share of true values inside the stated interval.' },
} as const

// The kernels of the learners. Pointers are byte offsets into the one imported memory; src/algorithms/math/plain-*.ts holds
// their twins in TypeScript, which give the same bytes.

export { binColumn, sortFloats } from './bins'
export { labelInertia, nearestCenters, settleRows, tryCenters, unsettledRows } from './centers'
export { countRows, gatherCodes, histogramClasses1, histogramClasses4, scanClasses, sumClasses } from './classes'
export { searchColumns } from './columns'
export { floatDots } from './dots'
export { addScatter, diagonalDistances, triangularDistances } from './gaussians'
export { logisticGradients, quantise } from './gradients'
export { histogram1, histogram4, histogramAll1, histogramAll4, histogramPacked1, histogramPacked4, subtract } from './histograms'
export {
  addSparseTransposedTimes,
  denseAdd,
  denseCurve,
  denseScores,
  dualDescent,
  hingeLosses,
  logisticLosses,
  softmaxCurve,
  softmaxLosses,
  sparseAdd,
  sparseCurve,
  sparseScores,
} from './linear'
export { clearMarked, markBins, scanMarked } from './marks'
export { addGram, addTransposedTimes, denseTimes, sparseTimes } from './products'
export { addToScores, clear, copy, gather, splitRows } from './rows'
export { scan } from './scan'
export { walkKnown, walkMissing, walkRowKnown, walkRowMissing } from './walk'

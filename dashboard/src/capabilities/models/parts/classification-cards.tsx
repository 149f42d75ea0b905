// How a classifier did on its held-out rows: curves, confusion, calibration, scores. One threshold moves all that depend on it.
import { type ReactNode, useMemo } from 'react'
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { ConfusionMatrix, confusionTable } from '../../../charts/confusion-matrix.tsx'
import { Calibration, diagonalTable } from '../../../charts/diagonal-plot.tsx'
import { Histogram, histogramTable } from '../../../charts/histogram.tsx'
import { colourOf } from '../../../charts/multi-line.tsx'
import { Legend } from '../../../charts/stacked-over-time.tsx'
import { atThreshold } from '../../../charts/threshold.ts'
import { type Curve, curveTable, ThresholdCurve } from '../../../charts/threshold-curve.tsx'
import { SHARE } from '../../../charts/unit.ts'
import { chartText } from '../../../text/charts.ts'
import { evaluationText } from '../../../text/models.ts'
import { formatNumber, formatShare } from '../../../ui/format.ts'

type Classification = NonNullable<Evaluation['classification']>

export interface ClassificationCardProps {
  readonly evaluation: Evaluation
  readonly classification: Classification
  /** Two classes only; undefined is what the model itself does. */
  readonly threshold?: number
  readonly onThreshold?: (threshold: number) => void
  /** More than two classes: whose curves are shown; all of up to eight without it. */
  readonly only?: string
  readonly tools?: ReactNode
  readonly className?: string
}

/** The model says the most probable class: of two, that from one half on. */
export const OWN_THRESHOLD = 0.5
const SIDE = 240
/** As many colours as can be told apart. */
const MOST_CURVES = 8
/** Larger matrices become a list, see `ConfusionMatrix`. */
const LARGEST_MATRIX = 12

const ROC_NAMES = [chartText.falsePositiveRate, chartText.truePositiveRate] as const
const PR_NAMES = [chartText.recall, chartText.precision] as const

export function RocCard({
  evaluation,
  classification,
  threshold,
  onThreshold,
  only,
  tools,
  className,
}: ClassificationCardProps): ReactNode {
  const shown = useShownCurves(classification, only)
  const curves = useMemo(
    () =>
      shown.map(
        ({ class: name, roc }): Curve => ({
          name,
          points: roc.map((point) => ({ threshold: point.threshold, x: point.falsePositiveRate, y: point.truePositiveRate })),
        }),
      ),
    [shown],
  )
  const isBinary = classification.thresholds !== undefined
  return (
    <ChartCard
      className={className}
      title={evaluationText.roc}
      subtitle={
        isBinary && onThreshold ? evaluationText.rocSubtitle(evaluation.rows) : evaluationText.rocSubtitleMany(evaluation.rows, isBinary)
      }
      height={SIDE}
      tools={tools}
      table={curves[0] && (() => curveTable(curves[0]!, ROC_NAMES))}
    >
      {shown.length > 1 && <CurveLegend entries={shown.map(({ class: name, auc }) => [name, evaluationText.auc(formatNumber(auc))])} />}
      <ThresholdCurve
        label={evaluationText.roc}
        curves={curves}
        names={ROC_NAMES}
        chance="diagonal"
        note={shown.length === 1 ? evaluationText.auc(formatNumber(shown[0]!.auc)) : undefined}
        threshold={isBinary ? (threshold ?? OWN_THRESHOLD) : undefined}
        onThreshold={isBinary ? onThreshold : undefined}
        height={SIDE}
      />
    </ChartCard>
  )
}

export function PrecisionRecallCard({
  classification,
  threshold,
  onThreshold,
  only,
  tools,
  className,
}: ClassificationCardProps): ReactNode {
  const shown = useShownCurves(classification, only)
  const curves = useMemo(
    () =>
      shown.map(
        ({ class: name, precisionRecall }): Curve => ({
          name,
          points: precisionRecall.map((point) => ({ threshold: point.threshold, x: point.recall, y: point.precision })),
        }),
      ),
    [shown],
  )
  const single = shown.length === 1 ? shown[0] : undefined
  const isBinary = classification.thresholds !== undefined
  return (
    <ChartCard
      className={className}
      title={evaluationText.pr}
      subtitle={single ? evaluationText.prSubtitle(single.class, formatShare(single.baseRate)) : evaluationText.prSubtitleMany}
      height={SIDE}
      tools={tools}
      table={curves[0] && (() => curveTable(curves[0]!, PR_NAMES))}
    >
      {!single && (
        <CurveLegend
          entries={shown.map(({ class: name, averagePrecision }) => [
            name,
            evaluationText.averagePrecision(formatNumber(averagePrecision)),
          ])}
        />
      )}
      <ThresholdCurve
        label={evaluationText.pr}
        curves={curves}
        names={PR_NAMES}
        chance={single?.baseRate ?? 0}
        note={single && evaluationText.averagePrecision(formatNumber(single.averagePrecision))}
        stepped
        threshold={isBinary ? (threshold ?? OWN_THRESHOLD) : undefined}
        onThreshold={isBinary ? onThreshold : undefined}
        height={SIDE}
      />
    </ChartCard>
  )
}

export function ConfusionCard({ classification, threshold, className }: ClassificationCardProps): ReactNode {
  const { classes, confusion, thresholds, mergedClasses } = classification
  const counts = threshold === undefined ? confusion : (atThreshold(thresholds ?? [], threshold)?.confusion ?? confusion)
  const subtitle =
    thresholds !== undefined
      ? evaluationText.confusionAt(classes[1]!, (threshold ?? OWN_THRESHOLD).toFixed(2))
      : classes.length > LARGEST_MATRIX
        ? evaluationText.confusionWorst(mergedClasses)
        : evaluationText.confusionMany
  return (
    <ChartCard
      className={className}
      title={evaluationText.confusion}
      subtitle={subtitle}
      height={SIDE}
      table={() => confusionTable(classes, counts)}
    >
      <ConfusionMatrix label={`${evaluationText.confusion}. ${subtitle}`} classes={classes} counts={counts} />
    </ChartCard>
  )
}

export function CalibrationCard({ classification, className }: ClassificationCardProps): ReactNode {
  const { calibration, thresholds } = classification
  const bins = useMemo(
    () =>
      calibration.bins.map(({ meanPredicted, observed, low, high, count }) => ({
        predicted: meanPredicted,
        actual: observed,
        low,
        high,
        count,
      })),
    [calibration],
  )
  return (
    <ChartCard
      className={className}
      title={evaluationText.calibration}
      subtitle={evaluationText.calibrationSubtitle(formatNumber(calibration.error), thresholds !== undefined)}
      height={SIDE}
      table={() => diagonalTable(bins, SHARE)}
    >
      <Calibration label={evaluationText.calibration} bins={bins} height={SIDE} />
    </ChartCard>
  )
}

export function ScoresCard({ classification, threshold, className }: ClassificationCardProps): ReactNode {
  const { scores, classes, thresholds } = classification
  const series = useMemo(
    () =>
      classes.flatMap((name) => (scores.counts[name] === undefined ? [] : [{ name, counts: scores.counts[name] }])).slice(0, MOST_CURVES),
    [scores, classes],
  )
  const positive = classes[1] ?? ''
  const mark = useMemo(
    () => (thresholds === undefined ? undefined : { value: threshold ?? OWN_THRESHOLD, label: (threshold ?? OWN_THRESHOLD).toFixed(2) }),
    [thresholds, threshold],
  )
  return (
    <ChartCard
      className={className}
      title={evaluationText.scores}
      subtitle={thresholds === undefined ? evaluationText.scoresSubtitleMany : evaluationText.scoresSubtitle(positive)}
      height={SIDE}
      table={() => histogramTable(scores.edges, series, SHARE)}
    >
      <Histogram
        label={evaluationText.scores}
        edges={scores.edges}
        series={series}
        unit={SHARE}
        name={thresholds === undefined ? evaluationText.probability : evaluationText.probabilityOf(positive)}
        mark={mark}
        height={SIDE - 20}
      />
    </ChartCard>
  )
}

function CurveLegend({ entries }: { readonly entries: readonly (readonly [name: string, area: string])[] }): ReactNode {
  return <Legend entries={entries.map(([name, area], index) => ({ name: `${name}, ${area}`, colour: colourOf(index) }))} />
}

function useShownCurves({ curves }: Classification, only: string | undefined): Classification['curves'] {
  return useMemo(() => {
    const chosen = curves.filter(({ class: name }) => name === only)
    return chosen.length > 0 ? chosen : curves.slice(0, MOST_CURVES)
  }, [curves, only])
}

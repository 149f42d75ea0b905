import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Explanation, LoggedPrediction } from '../../../../../src/capabilities/predictions/schema.ts'
import { type Contribution, Contributions } from '../../../charts/contributions.tsx'
import { NUMBER } from '../../../charts/unit.ts'
import { useCan } from '../../../session.ts'
import { predictionText as words } from '../../../text/predictions.ts'
import { formatNumber } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { explanationQuery } from '../queries.ts'

/** What each feature added, for the version that answered. */
export function PredictionExplanation({ prediction }: { readonly prediction: LoggedPrediction }): ReactNode {
  const canAsk = useCan('predict')
  const byModel = prediction.source === 'model'
  const query = useQuery(explanationQuery(prediction, canAsk && byModel))
  if (!byModel) return <p className="text-muted">{words.whyFallback}</p>
  if (!canAsk) return <p className="text-muted">{words.whyScope}</p>
  return (
    <Loaded query={query}>
      {({ base, prediction: result, output, target, contributions }) => {
        const label = words.whyOutput[output](target.class ?? '')
        return (
          <>
            <p className="mb-2 text-sm text-faint">{label}</p>
            <Contributions
              label={label}
              base={base}
              result={result}
              unit={output === 'probability' ? 'share' : NUMBER}
              contributions={contributions.map(withText)}
            />
          </>
        )
      }}
    </Loaded>
  )
}

function withText({ value, ...rest }: Explanation['contributions'][number]): Contribution {
  return { ...rest, value: featureText(value) }
}

export function featureText(value: string | number | boolean | null): string {
  if (value === null) return words.missing
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

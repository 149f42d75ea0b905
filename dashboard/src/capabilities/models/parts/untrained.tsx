// A model without a version: what answers until then, and how it gets one.
import { useQuery } from '@tanstack/react-query'
import { FileUp, GraduationCap } from 'lucide-react'
import type { ReactNode } from 'react'
import { useCan } from '../../../session.ts'
import { modelText, summaryText, versionsText } from '../../../text/models.ts'
import { ButtonLink } from '../../../ui/button.tsx'
import { CodeBlock } from '../../../ui/code-block.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { formatVersion } from '../../../ui/format-time.ts'
import { modelQuery } from '../queries.ts'

interface UntrainedProps {
  readonly model: string
  /** A version an address asked for that is not there. */
  readonly named?: string
}

export function Untrained({ model, named }: UntrainedProps): ReactNode {
  const canTrain = useCan('train')
  const source = useQuery({ ...modelQuery(model), select: ({ serving }) => serving.source }).data
  if (named !== undefined) {
    return (
      <div className="rounded-lg border border-line bg-surface">
        <Empty
          title={versionsText.missing(formatVersion(named))}
          action={
            <ButtonLink to="/models/$model/versions" params={{ model }}>
              {modelText.seeVersions}
            </ButtonLink>
          }
        >
          {versionsText.missingHint}
        </Empty>
      </div>
    )
  }
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty
        icon={GraduationCap}
        title={summaryText.untrained}
        action={
          canTrain && (
            <ButtonLink to="/train" search={{ model }} tone="primary" icon={FileUp}>
              {modelText.trainFirst}
            </ButtonLink>
          )
        }
        snippet={<CodeBlock label="shell" code={`npx tandem train ${model} --csv rows.csv`} />}
      >
        {source === 'none' ? summaryText.untrainedNothing : summaryText.untrainedFallback}
      </Empty>
    </div>
  )
}

// The versions of a fine-tuned model, which of them serves, and the way back.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleCheck, Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { TunedModel, TunedVersionSummary } from '../../../../../src/capabilities/embeddings/fine-tune/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { fineTuneText as words } from '../../../text/fine-tuning.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { formatNumber, formatPoints } from '../../../ui/format.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { Pill } from '../../../ui/pill.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { VersionName } from '../../../ui/time.tsx'
import { notify } from '../../../ui/toast.tsx'

interface VersionsCardProps {
  readonly model: TunedModel
  readonly shown: string | undefined
  readonly isRebuilding: boolean
}

export function VersionsCard({ model, shown, isRebuilding }: VersionsCardProps): ReactNode {
  const { name, active, base, versions } = model
  const canTrain = useCan('train')
  const queryClient = useQueryClient()
  const changed = () => queryClient.invalidateQueries({ queryKey: ['tuned'] })
  const rollback = useMutation({
    mutationFn: () => client.embeddings.tuned.rollback(name),
    onSuccess: () => notify({ title: words.rolledBack }),
    onSettled: changed,
  })
  return (
    <Card
      title={words.versions}
      subtitle={
        <>
          {words.serving}: {active === null ? words.base(base) : formatVersion(active)}. {isRebuilding && words.rebuilding}
        </>
      }
      tools={
        canTrain &&
        active !== null && (
          <Button size="small" icon={Undo2} busy={rollback.isPending} onClick={() => rollback.mutate()}>
            {words.rollback}
          </Button>
        )
      }
      flush
    >
      <ScrollRegion label={words.versions}>
        <table className="w-full text-left">
          <thead className="text-sm text-faint">
            <tr className="border-b border-line">
              {[words.version, words.ndcg, words.gain, ''].map((head, at) => (
                <th key={head} scope="col" className={`px-4 py-1.5 font-medium whitespace-nowrap ${at > 0 && at < 3 ? 'text-right' : ''}`}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => (
              <VersionRow
                key={version.version}
                version={version}
                isShown={version.version === shown}
                onChanged={changed}
                canTrain={canTrain}
              />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  )
}

interface VersionRowProps {
  readonly version: TunedVersionSummary
  readonly isShown: boolean
  readonly canTrain: boolean
  readonly onChanged: () => Promise<void>
}

function VersionRow({
  version: { model, version, active, before, after, gain },
  isShown,
  canTrain,
  onChanged,
}: VersionRowProps): ReactNode {
  const activate = useMutation({
    mutationFn: () => client.embeddings.tuned.activate(model, version),
    onSuccess: () => notify({ title: words.activated(formatVersion(version)) }),
    onSettled: onChanged,
  })
  return (
    <tr className={`border-b border-line/70 last:border-0 ${isShown ? 'bg-accent-soft' : ''}`}>
      <td className="px-4 py-2 whitespace-nowrap">
        <Link from="/collections/$collection/fine-tune" to="." search={{ version }} className="font-medium text-accent hover:underline">
          <VersionName version={version} />
        </Link>
      </td>
      <td className="px-4 py-2 text-right whitespace-nowrap">
        {words.changed(formatNumber(before.ndcgAt10), formatNumber(after.ndcgAt10))}
      </td>
      <td className="px-4 py-2 text-right whitespace-nowrap" title={words.interval(formatPoints(gain.low), formatPoints(gain.high))}>
        {formatPoints(gain.value)}
      </td>
      <td className="px-4 py-2 text-right">
        {active ? (
          <Pill tone="good" icon={CircleCheck}>
            {words.inService}
          </Pill>
        ) : (
          canTrain && (
            <Button size="small" busy={activate.isPending} onClick={() => activate.mutate()}>
              {words.activate}
            </Button>
          )
        )}
      </td>
    </tr>
  )
}

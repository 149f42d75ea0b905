import type { ReactNode } from 'react'
import type { RuntimeView, WorkerView } from '../../../../../src/interfaces/client/index.ts'
import { runtimesText } from '../../../text/runtimes.ts'
import { Card } from '../../../ui/card.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { ABSENT, formatBytes, formatCount, formatDuration } from '../../../ui/format.ts'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { CARD_TABLE } from './card-table.ts'
import { RuntimeStatePill } from './state-pill.tsx'

const { workerColumns: head } = runtimesText

/** Each worker with what it did and how it is. */
export function WorkerCard({ runtime }: { readonly runtime: RuntimeView }): ReactNode {
  return (
    <Card title={runtimesText.workers} subtitle={runtimesText.workersHint} flush className="xl:col-span-12">
      {runtime.workers.length === 0 ? (
        <Empty title={runtimesText.noWorker}>{runtimesText.noWorkerHint}</Empty>
      ) : (
        <ScrollRegion label={runtimesText.workers}>
          <table className={`${CARD_TABLE} min-w-176`}>
            <thead>
              <tr>
                <th scope="col">{head.worker}</th>
                <th scope="col">{head.state}</th>
                <th scope="col" className="text-right">
                  {head.uptime}
                </th>
                <th scope="col" className="text-right">
                  {head.canary}
                </th>
                <th scope="col" className="text-right">
                  {head.served}
                </th>
                <th scope="col" className="text-right">
                  {head.restarts}
                </th>
                <th scope="col" className="text-right">
                  {head.memory}
                </th>
                <th scope="col">{head.device}</th>
              </tr>
            </thead>
            <tbody>
              {runtime.workers.map((worker) => (
                <Row key={worker.id} worker={worker} />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Card>
  )
}

function Row({ worker }: { readonly worker: WorkerView }): ReactNode {
  const { id, state, reason, origin, address, pid, uptimeSeconds, canaryMs, missedCanaries, served, failed, restarts, rssBytes } = worker
  const { device, models, circuit, nextStartInMs } = worker
  const where = [origin && runtimesText.origins[origin], address, pid === null ? null : `pid ${pid}`].filter(Boolean).join(' · ')
  const why = [
    state === 'ready' ? null : state === 'starting' && reason !== null ? runtimesText.after(reason) : reason,
    circuit === 'half-open' && runtimesText.halfOpen,
    nextStartInMs !== null && runtimesText.nextStart(formatDuration(nextStartInMs)),
  ].filter(Boolean)
  return (
    <tr>
      <td>
        <div className="font-medium">{id}</div>
        <div className="text-xs text-faint">{[where, models.join(', ')].filter((part) => part !== '').join(' · ')}</div>
      </td>
      <td className="max-w-88">
        <RuntimeStatePill state={state} reason={reason} />
        {why.length > 0 && <div className="mt-1 text-xs break-words text-muted">{why.join(' ')}</div>}
      </td>
      <td className="text-right">{uptimeSeconds === null ? ABSENT : formatDuration(uptimeSeconds * 1000)}</td>
      <td className="text-right">
        {canaryMs === null ? ABSENT : formatDuration(canaryMs)}
        {missedCanaries > 0 && <div className="text-xs text-warn">{runtimesText.missed(missedCanaries)}</div>}
      </td>
      <td className="text-right">
        {formatCount(served)}
        {failed > 0 && <div className="text-xs text-warn">{runtimesText.failed(formatCount(failed))}</div>}
      </td>
      <td className="text-right">{formatCount(restarts)}</td>
      <td className="text-right">{formatBytes(rssBytes)}</td>
      <td>{device ?? ABSENT}</td>
    </tr>
  )
}

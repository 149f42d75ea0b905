import type { UseQueryResult } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CircleX, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { DoctorView } from '../../../../../src/interfaces/client/index.ts'
import { settingsText } from '../../../text/settings.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { Time } from '../../../ui/time.tsx'

const LOOKS = {
  ok: { icon: CircleCheck, tone: 'text-good' },
  warn: { icon: CircleAlert, tone: 'text-warn' },
  fail: { icon: CircleX, tone: 'text-bad' },
} as const
const ORDER = ['fail', 'warn', 'ok']

/** What the doctor says, the worst first; each with what makes it right. */
export function Checks({ doctor }: { readonly doctor: UseQueryResult<DoctorView> }): ReactNode {
  return (
    <Card
      title={settingsText.doctor}
      subtitle={settingsText.doctorHint}
      flush
      className="xl:col-span-8"
      tools={
        <Button size="small" icon={RefreshCw} busy={doctor.isFetching} onClick={() => void doctor.refetch()}>
          {settingsText.again}
        </Button>
      }
      footer={
        doctor.data && (
          <>
            {settingsText.checkedAt} <Time at={doctor.data.ranAt} seconds />
          </>
        )
      }
    >
      <Loaded
        query={doctor}
        skeleton={
          <div className="h-80 px-4">
            <SkeletonLines lines={8} />
          </div>
        }
      >
        {({ checks }) => (
          <ul>
            {[...checks]
              .sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))
              .map(({ name, status, message, remedy }) => {
                const { icon: Icon, tone } = LOOKS[status]
                return (
                  <li key={name} className="flex items-start gap-3 border-t border-line px-4 py-2">
                    <Icon size={16} role="img" aria-label={settingsText.status[status]} className={`mt-0.5 shrink-0 ${tone}`} />
                    <div className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
                      <span className="font-medium">{name}</span>
                      <div className="min-w-0">
                        <p className="break-words text-muted">{message}</p>
                        {remedy !== null && (
                          <p className="mt-1 flex items-start gap-1">
                            <span className="min-w-0 break-words">{remedy}</span>
                            <CopyButton text={remedy} />
                          </p>
                        )}
                      </div>
                    </div>
                  </li>
                )
              })}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}

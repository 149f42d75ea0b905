// Whether the server is well, what it runs on, and every setting with where it comes from.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { DoctorView } from '../../../../src/interfaces/client/index.ts'
import { settingsText } from '../../text/settings.ts'
import { CardGrid } from '../../ui/card.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { HealthPill } from '../../ui/pill.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { Checks } from './parts/checks.tsx'
import { RuntimeCard, StorageCard } from './parts/machine-cards.tsx'
import { SettingsTable } from './parts/settings-table.tsx'
import { doctorQuery, settingsQuery } from './queries.ts'

export function SettingsPage(): ReactNode {
  const doctor = useQuery(doctorQuery)
  const settings = useQuery(settingsQuery)
  const isLoading = doctor.isPending || settings.isPending
  return (
    <>
      <PageHead title={settingsText.title} pill={!isLoading && doctor.data && <Verdict doctor={doctor.data} />} />
      {/* Shown at once: how high the one is decides where the other stands. */}
      {isLoading ? (
        <SkeletonLines lines={12} />
      ) : (
        <CardGrid>
          <Checks doctor={doctor} />
          <div className="grid min-w-0 content-start gap-4 xl:col-span-4">
            <StorageCard settings={settings} />
            <RuntimeCard settings={settings} />
          </div>
          <SettingsTable settings={settings} />
        </CardGrid>
      )}
    </>
  )
}

function Verdict({ doctor: { checks } }: { readonly doctor: DoctorView }): ReactNode {
  const failing = checks.filter(({ status }) => status === 'fail').length
  const warning = checks.filter(({ status }) => status === 'warn').length
  if (failing > 0) return <HealthPill health="bad" word={settingsText.failures(failing)} />
  if (warning > 0) return <HealthPill health="warn" word={settingsText.warnings(warning)} />
  return <HealthPill health="good" word={settingsText.allWell} />
}

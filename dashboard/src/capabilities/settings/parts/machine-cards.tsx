import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { SettingsView } from '../../../../../src/interfaces/client/index.ts'
import { settingsText } from '../../../text/settings.ts'
import { Card } from '../../../ui/card.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { formatBytes, formatCount, formatDuration } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'

interface MachineCardProps {
  readonly settings: UseQueryResult<SettingsView>
}

/** Where everything is kept, and how much it is. */
export function StorageCard({ settings }: MachineCardProps): ReactNode {
  const names = settingsText.storageFacts
  return (
    <Card title={settingsText.storage}>
      <Loaded query={settings} skeleton={<div className="h-24" />}>
        {({ storage: { engine, location, sizeBytes, version } }) => (
          <FactList
            facts={[
              [names.engine, settingsText.engines[engine]],
              [
                names.location,
                <span key="location" className="font-mono text-xs break-all">
                  {location}
                </span>,
              ],
              [names.size, formatBytes(sizeBytes)],
              [names.version, version],
            ]}
          />
        )}
      </Loaded>
    </Card>
  )
}

/** What the server runs on. */
export function RuntimeCard({ settings }: MachineCardProps): ReactNode {
  const names = settingsText.runtimeFacts
  return (
    <Card title={settingsText.runtime}>
      <Loaded query={settings} skeleton={<div className="h-44" />}>
        {({ runtime: { tandem, node, platform, arch, cores, memoryBytes, rssBytes, uptimeMs } }) => (
          <FactList
            facts={[
              [names.tandem, tandem],
              [names.node, node],
              [names.machine, `${platform} ${arch}`],
              [names.cores, formatCount(cores)],
              [names.rss, settingsText.memoryOf(formatBytes(rssBytes), formatBytes(memoryBytes))],
              [names.uptime, formatDuration(uptimeMs)],
            ]}
          />
        )}
      </Loaded>
    </Card>
  )
}

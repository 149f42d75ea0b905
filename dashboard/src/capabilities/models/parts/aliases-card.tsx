// Names for versions: to predict with one that is not in service, or to point programs at a role instead of a date.
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { settingsText } from '../../../text/models.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Input, Select } from '../../../ui/field.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { VersionName } from '../../../ui/time.tsx'
import { notify, notifyFailure } from '../../../ui/toast.tsx'
import { aliasesQuery, versionsQuery } from '../queries.ts'
import { useVersionNames } from '../version-names.ts'
import { useRenewModels } from './version-dialogs.tsx'

/** Moved by putting a version in service, not by hand. */
const OWN = 'active'

export function AliasesCard({ model }: { readonly model: string }): ReactNode {
  const canWrite = useCan('write')
  const renew = useRenewModels()
  const remove = async (alias: string, version: string): Promise<void> => {
    try {
      await client.model(model).deleteAlias(alias)
      await renew()
      notify({
        title: settingsText.aliasRemoved(alias),
        undo: async () => {
          await client.model(model).setAlias(alias, version)
          await renew()
        },
      })
    } catch (error) {
      notifyFailure(settingsText.removeAlias(alias), error)
    }
  }
  return (
    <Card title={settingsText.aliases} subtitle={settingsText.aliasesSubtitle}>
      <Loaded query={useQuery(aliasesQuery(model))}>
        {(aliases) => {
          const named = Object.entries(aliases).filter(([alias]) => alias !== OWN)
          return named.length === 0 ? (
            <p className="text-muted">{settingsText.aliasesEmpty}</p>
          ) : (
            <ul className="grid gap-1">
              {named.map(([alias, version]) => (
                <li key={alias} className="flex items-center gap-2">
                  <code className="font-mono">{alias}</code>
                  <span className="ml-auto text-muted">
                    <VersionName version={version} />
                  </span>
                  {canWrite && (
                    <IconButton icon={X} size="small" label={settingsText.removeAlias(alias)} onClick={() => void remove(alias, version)} />
                  )}
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
      {canWrite && <AddAlias model={model} />}
    </Card>
  )
}

function AddAlias({ model }: { readonly model: string }): ReactNode {
  const versions = useQuery(versionsQuery(model)).data?.items ?? []
  const nameOf = useVersionNames(model)
  const [alias, setAlias] = useState('challenger')
  const [version, setVersion] = useState<string>()
  const [error, setError] = useState<unknown>()
  const renew = useRenewModels()
  const chosen = version ?? versions[0]?.version
  if (chosen === undefined) return null
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setError(undefined)
    try {
      await client.model(model).setAlias(alias.trim(), chosen)
      await renew()
      notify({ title: settingsText.aliasSaved(alias.trim()) })
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <form onSubmit={(event) => void add(event)} className="mt-3 border-t border-line pt-3">
      <div className="flex flex-wrap gap-2">
        <Input aria-label={settingsText.alias} value={alias} onChange={({ target }) => setAlias(target.value)} className="w-28! flex-1" />
        <Select
          aria-label={settingsText.version}
          value={chosen}
          onChange={({ target }) => setVersion(target.value)}
          options={versions.map((one) => ({ value: one.version, label: nameOf(one.version) }))}
          className="w-36! flex-1"
        />
        <Button type="submit" disabled={alias.trim() === ''}>
          {settingsText.addAlias}
        </Button>
      </div>
      {error !== undefined && <ErrorPanel error={error} title={settingsText.addAlias} />}
    </form>
  )
}

// API keys: who may call the server, what for, how long; made and revoked here.
import { Ban, CircleAlert, CircleCheck, Clock, Copy, Ellipsis, KeyRound, Plus } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import type { KeyView } from '../../../../src/interfaces/client/index.ts'
import { useLive } from '../../live.ts'
import { useSession } from '../../session.ts'
import { keysText } from '../../text/keys.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { formatCount } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Pill } from '../../ui/pill.tsx'
import { Time } from '../../ui/time.tsx'
import { notify } from '../../ui/toast.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { NewKeyDialog } from './parts/new-key-dialog.tsx'
import { RevokeDialog } from './parts/revoke-dialog.tsx'
import { type KeyState, keysQuery, stateOf } from './queries.ts'

const { columns: head } = keysText

const STATES = {
  active: { tone: 'good', icon: CircleCheck },
  expiresSoon: { tone: 'warn', icon: CircleAlert },
  expired: { tone: 'neutral', icon: Clock },
  revoked: { tone: 'neutral', icon: Ban },
} as const

export function KeysPage(): ReactNode {
  const [creating, setCreating] = useState(false)
  const [revoking, setRevoking] = useState<KeyView>()
  const ownId = useSession()?.keyId
  useLive('key.revoked')
  const paged = usePaged(keysQuery)
  const columns = useMemo(() => columnsOf(ownId, setRevoking), [ownId])
  const create = (
    <Button tone="primary" icon={Plus} onClick={() => setCreating(true)}>
      {keysText.create}
    </Button>
  )
  return (
    <>
      <PageHead title={keysText.title} facts={keysText.facts} actions={create} />
      <DataTable
        label={keysText.title}
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <div className="rounded-lg border border-line bg-surface">
            <Empty icon={KeyRound} title={keysText.empty} action={create}>
              {keysText.emptyHint}
            </Empty>
          </div>
        }
        {...paged}
      />
      {creating && <NewKeyDialog onClose={() => setCreating(false)} />}
      <RevokeDialog apiKey={revoking} isOwn={revoking?.id === ownId} onClose={() => setRevoking(undefined)} />
    </>
  )
}

function columnsOf(ownId: string | null | undefined, onRevoke: (key: KeyView) => void): readonly Column<KeyView>[] {
  return [
    { id: 'name', header: head.name, cell: (key) => <Name apiKey={key} isOwn={key.id === ownId} /> },
    { id: 'status', header: head.status, width: 136, cell: (key) => <Status state={stateOf(key, Date.now())} /> },
    { id: 'scopes', header: head.scopes, width: 220, from: 760, cell: ({ scopes }) => scopes.join(', ') },
    {
      id: 'key',
      header: head.key,
      width: 130,
      from: 560,
      cell: ({ prefix }) => <span className="font-mono text-sm text-muted">{prefix}…</span>,
    },
    {
      id: 'used',
      header: head.used,
      width: 190,
      from: 960,
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? <Faint /> : <Time at={lastUsedAt} ago />),
    },
    {
      id: 'expires',
      header: head.expires,
      width: 130,
      from: 1080,
      cell: ({ expiresAt }) => (expiresAt === null ? <Faint /> : <Time at={expiresAt} />),
    },
    {
      id: 'limit',
      header: head.limit,
      width: 110,
      align: 'right',
      from: 1180,
      cell: ({ rateLimitPerMinute: limit }) => (limit === null ? '–' : keysText.perMinute(formatCount(limit))),
    },
    {
      id: 'actions',
      header: <span className="sr-only">{head.actions}</span>,
      width: 60,
      align: 'right',
      cell: (key) => <Actions apiKey={key} onRevoke={onRevoke} />,
    },
  ]
}

function Faint(): ReactNode {
  return <span className="text-faint">{keysText.never}</span>
}

function Name({ apiKey, isOwn }: { readonly apiKey: KeyView; readonly isOwn: boolean }): ReactNode {
  return (
    <span className={apiKey.revokedAt === null ? 'font-medium' : 'text-faint'}>
      {apiKey.name}
      {isOwn && (
        <span className="ml-2 rounded-sm bg-accent-soft px-1.5 py-0.5 text-xs font-normal text-accent">{keysText.thisSession}</span>
      )}
    </span>
  )
}

function Status({ state }: { readonly state: KeyState }): ReactNode {
  const { tone, icon } = STATES[state]
  return (
    <Pill tone={tone} icon={icon}>
      {keysText[state]}
    </Pill>
  )
}

function Actions({ apiKey, onRevoke }: { readonly apiKey: KeyView; readonly onRevoke: (key: KeyView) => void }): ReactNode {
  const copy = (): void => void copyText(apiKey.id).then(() => notify({ title: keysText.idCopied }))
  const revoke = { label: keysText.revoke, icon: Ban, danger: true, onSelect: () => onRevoke(apiKey) }
  return (
    <Menu
      trigger={<IconButton icon={Ellipsis} size="small" label={keysText.actionsOf(apiKey.name)} />}
      groups={[[{ label: keysText.copyId, icon: Copy, onSelect: copy }], ...(apiKey.revokedAt === null ? [[revoke]] : [])]}
    />
  )
}

import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useRef } from 'react'
import type { KeyView } from '../../../../../src/interfaces/client/index.ts'
import { client } from '../../../client.ts'
import { sessionQuery } from '../../../session.ts'
import { keysText } from '../../../text/keys.ts'
import { ConfirmDialog } from '../../../ui/dialog.tsx'
import { formatAgo, formatTime } from '../../../ui/format-time.ts'
import { notify } from '../../../ui/toast.tsx'

export interface RevokeDialogProps {
  /** Open while there is one. */
  readonly apiKey: KeyView | undefined
  readonly isOwn: boolean
  readonly onClose: () => void
}

export function RevokeDialog({ apiKey, isOwn, onClose }: RevokeDialogProps): ReactNode {
  const queryClient = useQueryClient()
  // Its words stay while the dialog closes.
  const last = useRef(apiKey)
  if (apiKey !== undefined) last.current = apiKey
  const { id = '', name = '', lastUsedAt = null } = last.current ?? {}
  const revoke = async (): Promise<void> => {
    await client.keys.revoke(id)
    notify({ title: keysText.revokedNotice(name) })
    await queryClient.invalidateQueries({ queryKey: isOwn ? sessionQuery.queryKey : ['keys'] })
  }
  return (
    <ConfirmDialog
      open={apiKey !== undefined}
      onOpenChange={(open) => open || onClose()}
      title={keysText.revokeTitle(name)}
      confirm={keysText.revoke}
      danger
      onConfirm={revoke}
    >
      <p>{keysText.revokeText}</p>
      {lastUsedAt !== null && <p className="mt-2">{keysText.usedWithin(formatAgo(lastUsedAt) ?? formatTime(lastUsedAt))}</p>}
      {isOwn && <p className="mt-2 font-medium text-text">{keysText.revokeSelf}</p>}
    </ConfirmDialog>
  )
}

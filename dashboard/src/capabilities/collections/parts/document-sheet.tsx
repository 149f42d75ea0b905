// One document beside the list: all its fields, others like it, its end.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Sparkles, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { documentsText as words } from '../../../text/collections.ts'
import { Button, ButtonLink } from '../../../ui/button.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { ConfirmDialog, SideSheet } from '../../../ui/dialog.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { ABSENT } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { notify } from '../../../ui/toast.tsx'
import { documentQuery } from '../queries.ts'
import { titleOf, valueText } from './describe-document.ts'

export interface DocumentSheetProps {
  readonly collection: Collection
  readonly id: string
  readonly onClose: () => void
}

export function DocumentSheet({ collection, id, onClose }: DocumentSheetProps): ReactNode {
  const { name, definition } = collection
  const query = useQuery(documentQuery(name, id))
  const { data } = query
  return (
    <SideSheet
      open
      onClose={onClose}
      title={data === undefined ? words.document(id) : titleOf(definition, data)}
      tools={data && <CopyButton text={JSON.stringify(data, undefined, 2)} />}
    >
      <Loaded query={query}>
        {(document) => (
          <div className="grid gap-5">
            <FactList
              facts={Object.entries(document).map(([field, value]) => [
                field,
                <span key={field} className="whitespace-pre-wrap">
                  {valueText(value) || ABSENT}
                </span>,
              ])}
            />
            <div className="flex flex-wrap gap-2">
              <ButtonLink to="/collections/$collection" params={{ collection: name }} search={{ like: id }} icon={Sparkles}>
                {words.similar}
              </ButtonLink>
              <DeleteDocument collection={name} id={id} onDeleted={onClose} />
            </div>
          </div>
        )}
      </Loaded>
    </SideSheet>
  )
}

interface DeleteDocumentProps {
  readonly collection: string
  readonly id: string
  readonly onDeleted: () => void
}

function DeleteDocument({ collection, id, onDeleted }: DeleteDocumentProps): ReactNode {
  const [asking, setAsking] = useState(false)
  const queryClient = useQueryClient()
  const remove = async (): Promise<void> => {
    await client.collection(collection).delete(id)
    onDeleted()
    notify({ title: words.removed(id) })
    // Not the document itself: it is gone, and its sheet may not be closed yet.
    await queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'collections' && queryKey[1] !== 'document' })
  }
  if (!useCan('write')) return null
  return (
    <>
      <Button icon={Trash2} onClick={() => setAsking(true)}>
        {words.remove}
      </Button>
      <ConfirmDialog open={asking} onOpenChange={setAsking} title={words.removeTitle(id)} confirm={words.remove} danger onConfirm={remove}>
        {words.removeText}
      </ConfirmDialog>
    </>
  )
}

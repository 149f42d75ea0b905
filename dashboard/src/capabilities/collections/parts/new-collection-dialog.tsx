// A collection from a pasted document: its fields are read from it, and can be corrected before it is made.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import type { NewCollection } from '../../../../../src/collections.ts'
import { client } from '../../../client.ts'
import { newCollectionText as words } from '../../../text/collections.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select, TextArea } from '../../../ui/field.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { embeddingsQuery } from '../queries.ts'
import { FieldsTable } from './fields-table.tsx'
import { definitionOf, inferFields, parseSample, type SampleDocument, type SampleField, templateOf } from './infer-fields.ts'
import { readRecords, typedCells } from './read-records.ts'

const FORM = 'new-collection'
const NAME = /^[a-z][a-zA-Z0-9_-]{0,63}$/
/** Of a file, enough to tell groups from texts. */
const SAMPLE_BYTES = 64 * 1024
const SAMPLE_DOCUMENTS = 20

interface Creation {
  readonly name: string
  readonly definition: NewCollection
}

export function NewCollectionDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const creation = useMutation({
    mutationFn: ({ name, definition }: Creation) => client.putCollection(name, definition),
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: ['collections', 'list'] })
      await navigate({ to: '/collections/$collection/documents', params: { collection: name } })
    },
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || creation.isPending || onClose()}
      title={words.title}
      description={words.description}
      size="wide"
      footer={
        <>
          <Button onClick={onClose} disabled={creation.isPending}>
            {stateText.cancel}
          </Button>
          <Button tone="primary" type="submit" form={FORM} busy={creation.isPending}>
            {words.submit}
          </Button>
        </>
      }
    >
      <NewCollectionForm onSubmit={(given) => creation.mutate(given)} />
      {creation.error !== null && <ErrorPanel error={creation.error} title={words.title} />}
    </Dialog>
  )
}

function NewCollectionForm({ onSubmit }: { readonly onSubmit: (creation: Creation) => void }): ReactNode {
  const [name, setName] = useState('')
  const [language, setLanguage] = useState<'english' | 'none'>('english')
  const [embedder, setEmbedder] = useState('')
  const [tried, setTried] = useState(false)
  const sample = useSample()
  const { fields, text } = sample
  const models = useQuery(embeddingsQuery).data?.models ?? []
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (!NAME.test(name) || sample.documents.length === 0 || text.trim() === '') return
    onSubmit({ name, definition: { ...definitionOf(fields, text), language, ...(embedder === '' ? {} : { embedder }) } })
  }
  return (
    <form id={FORM} onSubmit={submit} noValidate className="grid gap-4">
      <Field label={words.name} hint={words.nameHint} error={tried && !NAME.test(name) ? words.nameWrong : undefined} required>
        {(control) => <Input {...control} value={name} maxLength={64} onChange={({ target }) => setName(target.value)} />}
      </Field>
      <Sample sample={sample} tried={tried} />
      {fields.length > 0 && (
        <>
          <FieldsTable fields={fields} documents={sample.documents.length} onChange={sample.setFields} />
          <Field label={words.text} hint={words.textHint} error={text.trim() === '' ? words.noSearched : undefined}>
            {(control) => <TextArea {...control} value={text} onChange={({ target }) => sample.setText(target.value)} />}
          </Field>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={words.language}>
              {(control) => (
                <Select
                  {...control}
                  value={language}
                  options={(['english', 'none'] as const).map((value) => ({ value, label: words.languages[value] }))}
                  onChange={({ target }) => setLanguage(target.value as 'english' | 'none')}
                />
              )}
            </Field>
            <Field label={words.embedder}>
              {(control) => (
                <Select
                  {...control}
                  value={embedder}
                  options={[{ value: '', label: words.anyEmbedder }, ...models.map((model) => ({ value: model.name, label: model.name }))]}
                  onChange={({ target }) => setEmbedder(target.value)}
                />
              )}
            </Field>
          </div>
        </>
      )}
    </form>
  )
}

interface SampleState {
  readonly pasted: string
  readonly documents: readonly SampleDocument[]
  readonly fields: readonly SampleField[]
  readonly text: string
  readonly error: string | undefined
  readonly paste: (text: string) => void
  readonly choose: (file: File) => Promise<void>
  readonly setFields: (fields: readonly SampleField[]) => void
  readonly setText: (text: string) => void
}

/** What was pasted, what is read from it, and what was corrected since. */
function useSample(): SampleState {
  const [pasted, setPasted] = useState('')
  const [fileError, setFileError] = useState<string>()
  const [corrected, setCorrected] = useState<{ readonly fields?: readonly SampleField[]; readonly text?: string }>({})
  const read = useMemo(() => {
    try {
      const documents = parseSample(pasted)
      return { documents, fields: inferFields(documents) }
    } catch (error) {
      return { documents: [], fields: [], error: (error as Error).message }
    }
  }, [pasted])
  const fields = corrected.fields ?? read.fields
  const paste = (text: string): void => {
    setPasted(text)
    setFileError(undefined)
    setCorrected({})
  }
  const choose = async (file: File): Promise<void> => {
    try {
      paste(await sampleOf(file))
    } catch (error) {
      setFileError((error as Error).message)
    }
  }
  return {
    ...{ pasted, documents: read.documents, fields, text: corrected.text ?? templateOf(fields), error: fileError ?? read.error },
    ...{ paste, choose, setFields: (next) => setCorrected({ fields: next }), setText: (text) => setCorrected({ fields, text }) },
  }
}

/** Its first documents, one a line. */
async function sampleOf(file: File): Promise<string> {
  const isList = (await file.slice(0, 1024).text()).trimStart().startsWith('[')
  const head = isList ? file : file.slice(0, SAMPLE_BYTES)
  for await (const { records } of readRecords(head)) {
    return typedCells(records.slice(0, SAMPLE_DOCUMENTS))
      .map((record) => JSON.stringify(record))
      .join('\n')
  }
  return ''
}

function Sample({ sample, tried }: { readonly sample: SampleState; readonly tried: boolean }): ReactNode {
  const { pasted, error, documents, paste, choose } = sample
  const wrong = error ?? (tried && documents.length === 0 ? words.sampleMissing : undefined)
  return (
    <div>
      <Field label={words.sample} error={wrong} required>
        {(control) => (
          <TextArea {...control} value={pasted} placeholder={words.samplePlaceholder} onChange={({ target }) => paste(target.value)} />
        )}
      </Field>
      <label className="mt-1 inline-flex items-center gap-2 rounded-sm text-sm text-faint has-focus-visible:outline-2 has-focus-visible:outline-accent">
        {words.sampleHint} <span className={linkLook}>{words.chooseFile}</span>
        <input
          type="file"
          className="sr-only"
          onChange={({ target }) => {
            const [file] = target.files ?? []
            if (file !== undefined) void choose(file)
            target.value = ''
          }}
        />
      </label>
    </div>
  )
}

import { ScanText } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { languageText } from '../../../text/language.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { Field, Input, Select, TextArea } from '../../../ui/field.tsx'
import type { Asked } from '../queries.ts'
import { readLabels } from './read-labels.ts'

const COUNTS = [1, 2, 3, 5, 8].map((count) => ({ value: String(count), label: String(count) }))

/** The text and what to ask of it. */
export function AskForm({ onAsk }: { readonly onAsk: (asked: Asked) => void }): ReactNode {
  const [text, setText] = useState<string>(languageText.sample)
  const [labels, setLabels] = useState<string>(languageText.sampleLabels)
  const [query, setQuery] = useState('')
  const [sentences, setSentences] = useState('2')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onAsk({ text, labels: readLabels(labels), query, sentences: Number(sentences) })
  }
  return (
    <Card title={languageText.form} subtitle={languageText.formHint}>
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2">
        <Field label={languageText.text} className="sm:col-span-2">
          {(control) => (
            <TextArea
              {...control}
              rows={10}
              className="font-sans text-base max-sm:h-auto"
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        <Field label={languageText.labels} hint={languageText.labelsHint} className="sm:col-span-2">
          {(control) => (
            <TextArea {...control} rows={5} className="max-sm:h-auto" value={labels} onChange={({ target }) => setLabels(target.value)} />
          )}
        </Field>
        <Field label={languageText.query} hint={languageText.queryHint}>
          {(control) => <Input {...control} value={query} maxLength={2_000} onChange={({ target }) => setQuery(target.value)} />}
        </Field>
        <Field label={languageText.sentences}>
          {(control) => <Select {...control} options={COUNTS} value={sentences} onChange={({ target }) => setSentences(target.value)} />}
        </Field>
        <div className="sm:col-span-2">
          <Button type="submit" tone="primary" icon={ScanText} disabled={text.trim() === ''}>
            {languageText.read}
          </Button>
        </div>
      </form>
    </Card>
  )
}

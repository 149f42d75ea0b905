import { useMutation, useQuery } from '@tanstack/react-query'
import { Scale } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { client } from '../../../client.ts'
import { comparisonText } from '../../../text/comparison.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Select, TextArea } from '../../../ui/field.tsx'
import { embeddersQuery } from '../queries.ts'
import { ComparisonTable } from './comparison-table.tsx'

type Place = 'node' | 'python'

/** Measures two ways to the vectors of texts that can be typed. */
export function CompareCard({ withPython }: { readonly withPython: boolean }): ReactNode {
  const { data: embedders } = useQuery(embeddersQuery)
  const ways = (embedders?.models ?? [])
    .filter(({ state }) => state !== 'absent')
    .flatMap(({ name, kind }) =>
      placesOf(kind, withPython).map((place) => ({ value: `${name}@${place}`, label: `${name} ${comparisonText.where[place]}` })),
    )
  const [chosen, setChosen] = useState<{ readonly a?: string; readonly b?: string }>({})
  const [texts, setTexts] = useState<string>(comparisonText.sample)
  const a = chosen.a ?? ways[0]?.value
  const b = chosen.b ?? (ways.find(({ value }) => value !== a && modelOf(value) === modelOf(a)) ?? ways[1])?.value
  const compare = useMutation({
    mutationFn: () => client.embeddings.compare({ a: sideOf(a!), b: sideOf(b!), input: linesOf(texts) }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    compare.mutate()
  }
  const isReady = a !== undefined && b !== undefined && linesOf(texts).length > 0
  return (
    <Card title={comparisonText.title} subtitle={comparisonText.hint} className="xl:col-span-8">
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2">
        <Field label={comparisonText.first}>
          {(control) => (
            <Select {...control} options={ways} value={a ?? ''} onChange={({ target }) => setChosen({ ...chosen, a: target.value })} />
          )}
        </Field>
        <Field label={comparisonText.second}>
          {(control) => (
            <Select {...control} options={ways} value={b ?? ''} onChange={({ target }) => setChosen({ ...chosen, b: target.value })} />
          )}
        </Field>
        <Field label={comparisonText.texts} hint={comparisonText.textsHint} className="sm:col-span-2">
          {(control) => <TextArea {...control} rows={5} value={texts} onChange={({ target }) => setTexts(target.value)} />}
        </Field>
        <div>
          <Button type="submit" icon={Scale} busy={compare.isPending} disabled={!isReady}>
            {comparisonText.compare}
          </Button>
        </div>
      </form>
      {compare.error !== null && <ErrorPanel error={compare.error} title={comparisonText.failed} />}
      {compare.data !== undefined && <ComparisonTable comparison={compare.data} />}
    </Card>
  )
}

function placesOf(kind: string, withPython: boolean): readonly Place[] {
  if (kind === 'python') return withPython ? ['python'] : []
  return kind === 'onnx' && withPython ? ['node', 'python'] : ['node']
}

function modelOf(way: string | undefined): string | undefined {
  return way?.slice(0, way.lastIndexOf('@'))
}

function sideOf(way: string): { readonly model: string; readonly runtime: Place } {
  return { model: modelOf(way)!, runtime: way.slice(way.lastIndexOf('@') + 1) as Place }
}

function linesOf(texts: string): string[] {
  return texts.split('\n').filter((line) => line.trim() !== '')
}

// How the file is read: what was found out, and what to say instead.
import { type ReactNode, useId } from 'react'
import type { TableView } from '../../../../../src/capabilities/training/schema.ts'
import { fileText } from '../../../text/training.ts'
import { Card } from '../../../ui/card.tsx'
import { Field, Select } from '../../../ui/field.tsx'
import { formatBytes } from '../../../ui/format.ts'
import { DECIMALS, DELIMITERS, ENCODINGS, type TrainSearch } from '../search.ts'
import { useSearchUpdate } from './use-search.ts'

export function ReadingCard({ view, search }: { readonly view: TableView; readonly search: TrainSearch }): ReactNode {
  const update = useSearchUpdate()
  const { table, dialect, rows, columns } = view
  const id = useId()
  const isCsv = dialect.format === 'csv'
  /** Another way of reading makes other columns. */
  const read = (change: TrainSearch): void => update({ ...change, columns: undefined })
  const found = (isSaid: boolean, value: string): string => (isSaid ? value : fileText.found(value))
  return (
    <Card
      title={table.name}
      subtitle={`${fileText.size(rows, columns.length)} · ${formatBytes(table.bytes)} · ${fileText.lines(fileText.lineEndings[dialect.lineEnding], dialect.bom)}`}
    >
      <fieldset aria-label={fileText.read} className="grid grid-cols-2 gap-3 lg:max-w-4xl lg:grid-cols-4" id={id}>
        {isCsv && dialect.delimiter !== null && (
          <Field label={fileText.delimiter}>
            {(control) => (
              <Select
                {...control}
                value={dialect.delimiter!}
                onChange={({ target }) => read({ delimiter: target.value as (typeof DELIMITERS)[number] })}
                options={DELIMITERS.map((value) => ({
                  value,
                  label:
                    value === dialect.delimiter
                      ? found(search.delimiter !== undefined, fileText.delimiters[value])
                      : fileText.delimiters[value],
                }))}
              />
            )}
          </Field>
        )}
        <Field label={fileText.encoding}>
          {(control) => (
            <Select
              {...control}
              value={dialect.encoding}
              onChange={({ target }) => read({ encoding: target.value as (typeof ENCODINGS)[number] })}
              options={ENCODINGS.map((value) => ({
                value,
                label:
                  value === dialect.encoding ? found(search.encoding !== undefined, fileText.encodings[value]) : fileText.encodings[value],
              }))}
            />
          )}
        </Field>
        {isCsv && (
          <Field label={fileText.header}>
            {(control) => (
              <Select
                {...control}
                value={String(dialect.header)}
                onChange={({ target }) => read({ header: target.value === 'true', target: undefined })}
                options={(['true', 'false'] as const).map((value) => ({
                  value,
                  label:
                    value === String(dialect.header)
                      ? found(search.header !== undefined, fileText.headers[value])
                      : fileText.headers[value],
                }))}
              />
            )}
          </Field>
        )}
        {isCsv && (
          <Field label={fileText.decimal}>
            {(control) => (
              <Select
                {...control}
                value={dialect.decimal}
                onChange={({ target }) => read({ decimal: target.value as (typeof DECIMALS)[number] })}
                options={DECIMALS.map((value) => ({
                  value,
                  label:
                    value === dialect.decimal ? found(search.decimal !== undefined, fileText.decimals[value]) : fileText.decimals[value],
                }))}
              />
            )}
          </Field>
        )}
      </fieldset>
    </Card>
  )
}

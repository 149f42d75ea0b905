import type { ReactNode } from 'react'
import { newCollectionText as words } from '../../../text/collections.ts'
import { Select } from '../../../ui/field.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import type { FieldType, SampleField } from './infer-fields.ts'

export interface FieldsTableProps {
  readonly fields: readonly SampleField[]
  /** How many documents they were read from. */
  readonly documents: number
  readonly onChange: (fields: readonly SampleField[]) => void
}

const TYPES = (Object.keys(words.types) as FieldType[]).map((value) => ({ value, label: words.types[value] }))
const HEAD = 'px-2 py-1 text-left text-sm font-medium text-faint'

/** Each field of the sample: its type, whether it is searched, whether it can be filtered by. */
export function FieldsTable({ fields, documents, onChange }: FieldsTableProps): ReactNode {
  const change = (place: number, part: Partial<SampleField>): void =>
    onChange(fields.map((field, index) => (index === place ? { ...field, ...part } : field)))
  return (
    <div>
      <p className="mb-1 font-medium">{words.fields}</p>
      <p className="mb-2 text-sm text-faint">{words.fieldsHint(documents)}</p>
      <ScrollRegion label={words.fields} className="max-h-72 rounded-md border border-line">
        <table className="w-full min-w-104">
          <thead>
            <tr>
              {[words.field, words.type, words.searched, words.filter].map((name) => (
                <th key={name} scope="col" className={HEAD}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fields.map(({ name, type, searched, filter }, place) => (
              <tr key={name} className="border-t border-line/70">
                <td className="max-w-48 truncate px-2 py-1" title={name}>
                  {name}
                </td>
                <td className="px-2 py-1">
                  <Select
                    aria-label={words.typeOf(name)}
                    value={type}
                    options={TYPES}
                    onChange={({ target }) => change(place, { type: target.value as FieldType })}
                  />
                </td>
                <td className="px-2 py-1">
                  <Box label={words.searchedOf(name)} checked={searched} onChange={(on) => change(place, { searched: on })} />
                </td>
                <td className="px-2 py-1">
                  <Box
                    label={words.filterOf(name)}
                    checked={filter && type !== 'other'}
                    disabled={type === 'other'}
                    onChange={(on) => change(place, { filter: on })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </div>
  )
}

interface BoxProps {
  readonly label: string
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (on: boolean) => void
}

function Box({ label, checked, disabled, onChange }: BoxProps): ReactNode {
  return (
    <label className="grid size-8 place-items-center">
      <span className="sr-only">{label}</span>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={({ target }) => onChange(target.checked)}
        className="size-4 accent-accent"
      />
    </label>
  )
}

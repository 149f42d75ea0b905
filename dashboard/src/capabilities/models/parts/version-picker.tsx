// Choosing one of a model's versions, named by their dates.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId } from 'react'
import { evaluationText } from '../../../text/models.ts'
import { Select } from '../../../ui/field.tsx'
import { versionsQuery } from '../queries.ts'
import { useVersionNames } from '../version-names.ts'

interface VersionPickerProps {
  readonly model: string
  readonly value: string
  readonly onChange: (version: string) => void
}

export function VersionPicker({ model, value, onChange }: VersionPickerProps): ReactNode {
  const id = useId()
  const nameOf = useVersionNames(model)
  const versions = useQuery(versionsQuery(model)).data?.items ?? []
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm text-muted">
        {evaluationText.version}
      </label>
      <Select
        id={id}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        options={versions.map(({ version, active }) => ({
          value: version,
          label: active ? `${nameOf(version)}, ${evaluationText.inService}` : nameOf(version),
        }))}
        className="w-auto!"
      />
    </div>
  )
}

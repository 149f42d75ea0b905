// One column: its type, and what it becomes. Only what fits the type is asked.
import { RotateCcw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { FieldError } from '../../../../../../src/errors.ts'
import { choiceWords, encodingWords, optionWords, usualWords, preparationText as words } from '../../../../text/preparation.ts'
import { Button } from '../../../../ui/button.tsx'
import { Check, Field, Input, Select, TextArea } from '../../../../ui/field.tsx'
import { type ColumnTexts, type ColumnType, ENCODINGS, type Learner, type Option, optionsOf, PARTS } from './column-options.ts'
import type { Column } from './feature-types.ts'

export interface ColumnFormProps {
  readonly column: Column
  readonly texts: ColumnTexts
  readonly learner: Learner
  /** Paths are names of options. */
  readonly errors: readonly FieldError[]
  /** Stored rows have another. */
  readonly isNewType: boolean
  readonly onTexts: (texts: ColumnTexts) => void
  readonly onType: (type: ColumnType) => void
}

export function ColumnForm({ column, texts, learner, errors, isNewType, onTexts, onType }: ColumnFormProps): ReactNode {
  const { name, type } = column
  const errorAt = (option: string): string | undefined => errors.find(({ path }) => path === option)?.message
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that repeats the button above it.
    <div role="group" aria-label={name} className="grid gap-x-4 gap-y-3 px-3 pt-1 pb-4 sm:grid-cols-2 lg:grid-cols-3">
      <Field label={words.type} hint={isNewType ? words.typeHint : undefined} error={errorAt('type')}>
        {(control) => (
          <Select
            {...control}
            value={type}
            onChange={({ target }) => onType(target.value as ColumnType)}
            options={Object.entries(words.types).map(([value, label]) => ({ value, label }))}
          />
        )}
      </Field>
      {type === 'category' && (
        <Field label={words.treatment} error={errorAt('kind')}>
          {(control) => (
            <Select
              {...control}
              value={texts.kind ?? ''}
              // What was said of one encoding means nothing to another.
              onChange={({ target }) => onTexts(target.value === '' ? {} : { kind: target.value })}
              options={[
                { value: '', label: words.usualChoice(usualWords.category[learner]) },
                ...ENCODINGS.map((value) => ({ value, label: encodingWords[value] })),
              ]}
            />
          )}
        </Field>
      )}
      {optionsOf(type, texts, learner).map((option) => (
        <OptionField
          key={option.name}
          option={option}
          value={texts[option.name] ?? ''}
          error={errorAt(option.name)}
          onChange={(value) => onTexts({ ...texts, [option.name]: value })}
        />
      ))}
      {type !== 'category' && errorAt('kind') !== undefined && <p className="col-span-full text-sm text-bad">{errorAt('kind')}</p>}
      {Object.values(texts).some((text) => text !== '') && (
        <div className="col-span-full">
          <Button size="small" icon={RotateCcw} onClick={() => onTexts({})}>
            {words.reset}
          </Button>
        </div>
      )}
    </div>
  )
}

interface OptionFieldProps {
  readonly option: Option
  readonly value: string
  readonly error: string | undefined
  readonly onChange: (value: string) => void
}

function OptionField({ option, value, error, onChange }: OptionFieldProps): ReactNode {
  const { name, control: kind, choices = [], usual } = option
  const { label, hint } = optionWords[name] ?? { label: name }
  if (kind === 'parts') return <PartsField value={value} error={error} onChange={onChange} />
  return (
    <Field label={label} hint={hint} error={error} className={kind === 'lines' ? 'col-span-full' : undefined}>
      {(control) =>
        kind === 'select' ? (
          <Select
            {...control}
            value={value}
            onChange={({ target }) => onChange(target.value)}
            options={[
              { value: '', label: words.usualChoice(usual) },
              ...choices.map((choice) => ({ value: choice, label: choiceWords[name]?.[choice] ?? choice })),
            ]}
          />
        ) : kind === 'lines' ? (
          <TextArea {...control} rows={4} value={value} onChange={({ target }) => onChange(target.value)} />
        ) : (
          <Input
            {...control}
            value={value}
            inputMode={kind === 'number' ? 'decimal' : 'text'}
            placeholder={words.usualChoice(usual)}
            onChange={({ target }) => onChange(target.value)}
          />
        )
      }
    </Field>
  )
}

/** All unticked: as usual. */
function PartsField({ value, error, onChange }: Omit<OptionFieldProps, 'option'>): ReactNode {
  const chosen = value === '' ? [] : value.split(',')
  return (
    <fieldset className="col-span-full">
      <legend className="mb-1 font-medium">{optionWords.parts?.label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {PARTS.map((part) => (
          <Check
            key={part}
            label={choiceWords.parts?.[part] ?? part}
            checked={chosen.includes(part)}
            onChange={({ target }) => onChange(PARTS.filter((one) => (one === part ? target.checked : chosen.includes(one))).join(','))}
          />
        ))}
      </div>
      <p className="mt-1 text-sm text-faint">{words.partsHint}</p>
      {error !== undefined && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {error}
        </p>
      )}
    </fieldset>
  )
}

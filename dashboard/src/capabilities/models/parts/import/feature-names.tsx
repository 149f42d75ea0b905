// What each feature of a model file is called here: freely for a new model, one of the definition's for a model that is there.
import { type ReactNode, useState } from 'react'
import type { FoundModel } from '../../../../../../src/capabilities/training/interchange/schema.ts'
import type { FieldError } from '../../../../../../src/errors.ts'
import { importText as words } from '../../../../text/import.ts'
import { Button } from '../../../../ui/button.tsx'
import { Input, Select } from '../../../../ui/field.tsx'
import { ScrollRegion } from '../../../../ui/scroll-region.tsx'

export interface FeatureNamesProps {
  readonly features: FoundModel['features']
  readonly names: readonly string[]
  readonly onNames: (names: readonly string[]) => void
  /** Of the definition; undefined: any name. */
  readonly choices: readonly string[] | undefined
  readonly errors: readonly FieldError[]
}

const SHOWN_AT_FIRST = 20

export function FeatureNames({ features, names, onNames, choices, errors }: FeatureNamesProps): ReactNode {
  const [filter, setFilter] = useState('')
  const [showsAll, setShowsAll] = useState(false)
  const wanted = filter.trim().toLowerCase()
  const fitting = [...features.keys()].filter(
    (index) => (names[index] ?? '').toLowerCase().includes(wanted) || (features[index]?.inFile ?? '').toLowerCase().includes(wanted),
  )
  const visible = showsAll ? fitting : fitting.slice(0, SHOWN_AT_FIRST)
  const put = (index: number, name: string): void => onNames(names.map((old, at) => (at === index ? name : old)))
  const problemOf = (index: number): string | undefined => {
    const name = names[index] ?? ''
    if (names.indexOf(name) !== index || names.lastIndexOf(name) !== index) return words.twice
    return errors.find(({ path }) => path === `/features/${name}`)?.message
  }
  return (
    <>
      {features.length > 10 && (
        <Input
          type="search"
          aria-label={words.filter}
          placeholder={words.filter}
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
          className="mb-2 sm:w-60"
        />
      )}
      <ScrollRegion label={words.features}>
        <table className="w-full">
          <thead>
            <tr className="border-b border-line text-left text-sm text-muted [&>th]:py-1.5 [&>th]:pr-3 [&>th]:font-medium">
              {words.featureColumns.map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {visible.map((index) => {
              const { inFile } = features[index]!
              const problem = problemOf(index)
              const control = {
                'aria-label': words.featureOf(index + 1, inFile),
                'aria-invalid': problem === undefined ? undefined : (true as const),
                value: names[index] ?? '',
              }
              return (
                <tr key={index} className="border-b border-line/70 last:border-0 [&>td]:py-1.5 [&>td]:pr-3">
                  <td className="w-16 text-muted">{index + 1}</td>
                  <td className="max-w-40 truncate sm:max-w-72" title={inFile ?? undefined}>
                    {inFile ?? <span className="text-faint">{words.unnamedFeature}</span>}
                  </td>
                  <td>
                    {choices === undefined ? (
                      <Input {...control} maxLength={200} onChange={({ target }) => put(index, target.value)} className="min-w-36" />
                    ) : (
                      <Select
                        {...control}
                        onChange={({ target }) => put(index, target.value)}
                        options={[...new Set([names[index] ?? '', ...choices])].map((value) => ({ value, label: value }))}
                        className="min-w-36"
                      />
                    )}
                    {problem !== undefined && <p className="mt-1 text-sm text-bad">{problem}</p>}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollRegion>
      {visible.length < fitting.length && (
        <Button size="small" className="mt-2" onClick={() => setShowsAll(true)}>
          {words.showAll(fitting.length)}
        </Button>
      )}
    </>
  )
}

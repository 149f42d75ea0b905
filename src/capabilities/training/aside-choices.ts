// The weight and the split that a training names: of a model that is created from a table, or as its definition has them.
import { TandemError } from '../../errors.ts'
import type { Serving } from '../models/index.ts'
import type { ColumnChoices } from './schema.ts'
import type { StartOptions } from './training.ts'

type Asked = Pick<StartOptions, 'weight' | 'split'>

/** Choices of columns in which what rows are weighed and parted by is no feature, unless somebody wants it to be one. */
export function withoutAside(choices: ColumnChoices | undefined, { weight, split }: Asked): ColumnChoices | undefined {
  const column = split === undefined || split.by === 'random' ? undefined : split.column
  const names = [weight, column].filter((name) => name !== undefined)
  if (names.length === 0) return choices
  const left = names.flatMap((name) => {
    const { use, kind } = choices?.[name] ?? {}
    const isWanted = use !== undefined || (kind !== undefined && name !== weight)
    return isWanted ? [] : [[name, { ...choices?.[name], use: false }] as const]
  })
  return { ...choices, ...Object.fromEntries(left) }
}

/** @throws `invalid_input` where a training of a model that exists would weigh or part its rows otherwise than its definition. */
export function refuseOtherAside({ name, definition: { definition } }: Serving, { weight, split }: Asked): void {
  const refuse = (what: 'weight' | 'split', own: string, asked: string): never => {
    throw new TandemError(
      'invalid_input',
      `Model "${name}" exists, and by its definition ${own}, not ${asked}. Leave ${what} out, change the model with PUT /v1/models/${name} first, or train a model of another name.`,
      { errors: [{ path: `/${what}`, message: `${what} must be as the model's definition has it, or absent` }] },
    )
  }
  if (weight !== undefined && weight !== definition.weight) {
    const own = definition.weight === undefined ? 'all rows weigh alike' : `rows are weighed by "${definition.weight}"`
    refuse('weight', own, `by "${weight}"`)
  }
  if (split !== undefined && wordsOf(split) !== wordsOf(definition.split)) {
    refuse('split', `rows are split ${wordsOf(definition.split)}`, wordsOf(split))
  }
}

const wordsOf = (split: Asked['split']): string =>
  split === undefined || split.by === 'random' ? 'at random' : `by the ${split.by} "${split.column}"`

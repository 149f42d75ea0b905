// How the rows of a training are parted into those that are learned from and those that judge, as a definition names it and a version
// tells it; and the column of the weights of rows.
import { z } from 'zod'

const Column = z.string().min(1).max(200)

export const WeightSchema = Column.describe(
  'Column of the training rows that says how much each counts: a number from 0, no feature. A weight of 2 counts like the row twice, 0 leaves it out',
)

export const SplitSchema = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('random') }),
    z.strictObject({ by: z.enum(['group', 'time']), column: Column }),
  ])
  .describe(
    'What parts the rows to learn from and those to judge on, in the hold-out and in every fold. group: rows of one value of the column stay together. time: learned from the earlier rows, judged on the latest. Default random',
  )
  .meta({ id: 'Split' })

export type Split = z.infer<typeof SplitSchema>

export const VersionSplitSchema = z
  .discriminatedUnion('by', [
    z.object({
      by: z.literal('group'),
      column: z.string(),
      groups: z.int().describe('Different values of the column, each with all its rows on one side'),
      heldOutGroups: z.int(),
    }),
    z.object({
      by: z.literal('time'),
      column: z.string(),
      from: z.string().describe('Earliest time of a held-out row; every row that was learned from is earlier'),
      until: z.string().describe('Latest time of a held-out row'),
    }),
  ])
  .meta({ id: 'VersionSplit' })

export type VersionSplit = z.infer<typeof VersionSplitSchema>

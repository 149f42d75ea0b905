// The words of how rows are weighed and split, where a model is trained and where a version tells it.
import type { ModelDefinition, Version } from '../../../src/capabilities/models/schema.ts'
import { counted, formatShare } from '../ui/format.ts'

export const judgingText = {
  title: 'How it is judged',
  split: 'Which rows judge it',
  splits: { random: 'Any fifth, at random', group: 'Whole groups', time: 'The latest' },
  splitHints: {
    random: 'Right where rows have nothing to do with one another.',
    group: 'Where several rows are of one patient, customer or device, and the model is meant for others: none of them is on both sides.',
    time: 'Where the model is to predict what comes later: it learns from the earlier rows, and is judged on the latest fifth.',
  },
  columns: { group: 'Group', time: 'Time' },
  columnHint: 'No feature of the model; tick the column under Columns to make it one.',
  columnMissing: 'Pick the column.',
  pick: 'Pick a column',
  weight: 'Weight of rows',
  weightHint: 'A column of numbers from 0 that says how much each row counts: 2 like the row twice, 0 not at all.',
  noWeight: 'All count alike',
  ofModel: (weight: ModelDefinition['weight'], split: ModelDefinition['split']): string => {
    const by = split === undefined || split.by === 'random' ? 'at random' : `by the ${split.by} "${split.column}"`
    return `By its definition rows are held out ${by}${weight === undefined ? '' : ` and weighed by "${weight}"`}.`
  },
  heldOut: 'Held out',
  weighed: 'Weighed by',
  heldOutOf: ({ split, holdoutRows, rows }: Pick<Version, 'split' | 'holdoutRows' | 'rows'>): string => {
    if (split === undefined) return 'at random'
    if (split.by === 'time') return `the latest ${formatShare(holdoutRows / rows, 0)} by ${split.column}, ${split.from} to ${split.until}`
    return `${split.heldOutGroups} of ${counted(split.groups, 'group')} by ${split.column}`
  },
} as const

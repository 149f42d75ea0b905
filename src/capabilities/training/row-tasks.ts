// What is done with a stream of rows, on the thread that reads streams: look at it, or take it in.
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { StreamContext, StreamTaskTable } from '../../platform/threads/serve-streams.ts'
import type { Reading } from './dialect.ts'
import { type InspectionOptions, inspect, inspectLeniently } from './inspection.ts'
import { type NameRule, type RowLimits, readRows, type TableHead } from './row-batches.ts'
import type { Inspection, TableView } from './schema.ts'
import { createTableSurvey, type Survey, type SurveyOptions } from './table-survey.ts'
import { createTableWriter, type TableSummary, type TableWriterOptions } from './table-writer.ts'

export interface RowsInput {
  readonly reading: Reading
  readonly names: NameRule
  readonly limits: RowLimits
}

export interface InspectRows extends RowsInput, InspectionOptions {}

export interface DescribeTable extends InspectionOptions {
  /** Whether what stands in the way of a definition is an error, and not a warning. */
  readonly strict?: boolean
}

/** What the survey of a stored table says, for any target. */
export type TableDescription = Inspection & Pick<TableView, 'dialect' | 'preview'>

export interface TakeRows extends RowsInput {
  readonly writer: Omit<TableWriterOptions, 'sink'>
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** A thread has its time for itself: it reads larger pieces and does not rest. */
const ON_THREAD = { pauseEveryMs: Number.POSITIVE_INFINITY, sliceBytes: 64 * 1024 } as const
const ON_EVENT_LOOP = {} as const

type Pace = typeof ON_THREAD | typeof ON_EVENT_LOOP

export const rowTasks = (pace: Pace) =>
  ({
    'rows.inspect': async (argument: InspectRows, context: StreamContext): Promise<Inspection> =>
      inspect(await survey(argument, context, { ragged: 'reject' }, pace), argument),
    'rows.survey': async (argument: RowsInput, context: StreamContext): Promise<Uint8Array> =>
      compress(serialize(await survey(argument, context, { ragged: 'note' }, pace))),
    /** Its input is what `rows.survey` gave. */
    'rows.describe': async ({ strict, ...options }: DescribeTable, { input }: StreamContext): Promise<TableDescription> => {
      const surveyed = deserialize(await decompress(Buffer.concat(await Array.fromAsync(input)))) as Survey
      const preview = surveyed.preview.map((row) => [...row])
      return { ...(strict ? inspect : inspectLeniently)(surveyed, options), dialect: surveyed.head!.dialect, preview }
    },
    'rows.take': async ({ reading, names, limits, writer: options }: TakeRows, { input, output }: StreamContext): Promise<TableSummary> => {
      const writer = createTableWriter({ ...options, sink: output })
      for await (const batch of readRows({ bytes: input, reading, names }, limits, pace)) await writer.add(batch)
      return writer.finish()
    },
  }) satisfies StreamTaskTable

/** As they run on their thread. */
export const THREAD_ROW_TASKS: StreamTaskTable = rowTasks(ON_THREAD)
/** As they run on the event loop, for short streams. */
export const SHORT_ROW_TASKS: StreamTaskTable = rowTasks(ON_EVENT_LOOP)

async function survey(
  { reading, names, limits }: RowsInput,
  { input }: StreamContext,
  options: SurveyOptions,
  pace: Pace,
): Promise<Survey> {
  const table = createTableSurvey(options)
  let head: TableHead | undefined
  const onHead = (found: TableHead): void => {
    head = found
  }
  for await (const batch of readRows({ bytes: input, reading, names }, limits, { ...pace, onHead })) table.add(batch)
  return table.finish(head)
}

// The endpoints of training, bound to the capability.
import type { AlgorithmParameters } from '../../definitions.ts'
import { type BodyStream, implement, type Route, respond } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type { TableReading, TrainingRows } from '../../tandem.ts'
import { type Split, SplitSchema } from '../models/split/schema.ts'
import { compareVersions } from './comparison/schema.ts'
import { exportVersion, importVersion } from './interchange/schema.ts'
import { evaluateOnRows } from './new-rows/schema.ts'
import * as endpoints from './schema.ts'
import type { Training } from './training.ts'
import { findCounterfactuals, getPartialDependence } from './what-if/schema.ts'

export function trainingRoutes(training: Training): Route[] {
  const answer = async (job: JobView, waitSeconds: number, signal: AbortSignal) => {
    if (waitSeconds > 0) {
      const done = await training.waitFor(job.id, { timeoutMs: waitSeconds * 1000, signal })
      if (done.version !== undefined) return respond(200, done)
      return respond(202, done, { location: `/v1/jobs/${job.id}` })
    }
    return respond(202, { job }, { location: `/v1/jobs/${job.id}` })
  }
  return [
    implement(endpoints.trainModel)(async ({ params, query, input, stream, principal, signal }) => {
      const { wait, parameters, split, decimal: mark, ...options } = query
      const asked = { ...options, parameters: readParameters(parameters), split: readSplit(split), actor: principal.name, signal }
      // There is no input beside a stream.
      const { rows, table, delimiter, encoding, header, decimal, ...own } = input ?? {}
      const source = stream === undefined ? given(rows, table, { delimiter, encoding, header, decimal }) : rowsOf(stream, mark)
      const job = await training.start(params.model, source, { ...asked, ...own })
      return answer(job, wait, signal)
    }),
    implement(endpoints.retrainModel)(async ({ params, query, principal, signal }) => {
      const { wait, parameters, ...options } = query
      const job = await training.startAgain(params.model, { ...options, parameters: readParameters(parameters), actor: principal.name })
      return answer(job, wait, signal)
    }),
    implement(compareVersions)(({ params, query: { versions }, signal }) => {
      const names = versions?.split(',').map((name) => name.trim())
      return training.compare(params.model, { ...(names === undefined ? {} : { versions: names.filter((name) => name !== '') }), signal })
    }),
    implement(evaluateOnRows)(({ params, query: { decimal, ...query }, input, stream, principal, signal }) => {
      const { rows, table, ...reading } = input ?? {}
      const source = stream === undefined ? given(rows, table, reading) : rowsOf(stream, decimal)
      return training.evaluate(params.model, params.version, source, { ...query, actor: principal.name, signal })
    }),
    implement(importVersion)(async ({ params, query: { classes, features, dryRun, ...asked }, stream, principal, signal }) => {
      if (stream === undefined) throw noFile()
      const options = {
        ...{ ...asked, actor: principal.name, signal },
        ...(classes === undefined ? {} : { classes: readNames('classes', classes) }),
        ...(features === undefined ? {} : { features: readNames('features', features) }),
      }
      if (!dryRun) return training.interchange.take(params.model, stream.bytes, options)
      return respond(200, { model: params.model, found: await training.interchange.look(params.model, stream.bytes, options) })
    }),
    implement(exportVersion)(async ({ params, query: { format } }) => {
      const bytes = await training.interchange.give(params.model, params.version, format)
      const name = `${params.model}-${params.version}.${format}`.replaceAll(/[^\w.-]/g, '_')
      const headers = {
        'content-type': format === 'json' ? 'application/json' : 'application/octet-stream',
        'content-disposition': `attachment; filename="${name}"`,
        'content-length': String(bytes.length),
      }
      return respond(200, inPieces(bytes) as never, headers)
    }),
    implement(getPartialDependence)(({ params, query: { feature, ...asked }, signal }) =>
      training.whatIf.partialDependence(params.model, feature, { ...asked, signal }),
    ),
    implement(findCounterfactuals)(({ params, input: { features, ...asked }, signal }) =>
      training.whatIf.counterfactuals(params.model, features, { ...asked, signal }),
    ),
    implement(endpoints.uploadTable)(async ({ query: { name, ...reading }, stream, principal, signal }) => {
      if (stream === undefined) throw noRows()
      const format = formatOf(stream.contentType, name)
      return training.tables.upload(stream.bytes, {
        ...(name === undefined ? {} : { name }),
        reading: { ...reading, ...format },
        actor: principal.name,
        signal,
      })
    }),
    implement(endpoints.getTable)(async ({ params, query: { target, ...reading } }) =>
      training.tables.describe(params.table, { reading, ...(target === undefined ? {} : { target }) }),
    ),
    implement(endpoints.listTables)(() => training.tables.list()),
    implement(endpoints.deleteTable)(async ({ params }) => {
      await training.tables.delete(params.table)
      return { deleted: params.table }
    }),
    implement(endpoints.inspectTable)(async ({ query: { decimal, ...query }, stream }) => {
      if (stream === undefined) throw noRows()
      return training.inspect(rowsOf(stream, decimal), query)
    }),
  ]
}

function given(
  rows: Extract<TrainingRows, { rows: unknown }>['rows'] | undefined,
  table: string | undefined,
  reading: TableReading,
): TrainingRows {
  if (rows !== undefined && table === undefined) return { rows }
  if (table !== undefined && rows === undefined) return { table, ...reading }
  throw new TandemError('invalid_input', 'Give either rows or the table they stand in.', {
    errors: [{ path: rows === undefined ? '/rows' : '/table', message: 'one of rows and table is required, and only one' }],
  })
}

/** NDJSON by its type or its ending; whatever else comes is looked at. */
function formatOf(contentType: BodyStream['contentType'], name = ''): { format?: 'csv' | 'ndjson' } {
  if (contentType === 'text/csv') return { format: 'csv' }
  return contentType === 'application/x-ndjson' || /\.(ndjson|jsonl)$/i.test(name) ? { format: 'ndjson' } : {}
}

function noRows(): TandemError {
  return new TandemError('unsupported_media_type', 'A table is read from its rows. Send text/csv or application/x-ndjson.')
}

const PIECE_BYTES = 64 * 1024

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

function noFile(): TandemError {
  return new TandemError('unsupported_media_type', 'A model is imported from its file. Send its bytes as application/octet-stream.')
}

/** Names by commas, or a JSON list where names hold commas. */
function readNames(what: 'classes' | 'features', text: string): string[] {
  if (!text.trimStart().startsWith('[')) return text.split(',').map((name) => name.trim())
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    list = undefined
  }
  if (Array.isArray(list) && list.every((name) => typeof name === 'string' && name !== '')) return list
  throw new TandemError('invalid_input', `The ${what} of the query are no JSON list of texts. Write a,b or ["a","b"], URL-encoded.`, {
    errors: [{ path: `/${what}`, message: `query.${what} must be names by commas, or a JSON list of texts` }],
  })
}

/** Of a query, whose values are texts. What they say is checked where the training starts. */
function readParameters(text: string | undefined): AlgorithmParameters | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new TandemError('invalid_input', 'The parameters of the query are no JSON. Write them as {"nEstimators":200}, URL-encoded.', {
      errors: [{ path: '/parameters', message: 'query.parameters must be a JSON object' }],
    })
  }
}

/** Of a query: `random`, `group:COLUMN`, `time:COLUMN`, or the JSON object of a definition. */
function readSplit(text: string | undefined): Split | undefined {
  if (text === undefined) return undefined
  const [, by, column] = /^(group|time):(.+)$/s.exec(text) ?? []
  let value: unknown = by === undefined ? { by: text } : { by, column }
  if (text.startsWith('{')) {
    try {
      value = JSON.parse(text)
    } catch {
      // As it stands it is no split either.
    }
  }
  const result = SplitSchema.safeParse(value)
  if (result.success) return result.data
  throw new TandemError(
    'invalid_input',
    `The split of the query is "${text.slice(0, 100)}". Write random, group:COLUMN or time:COLUMN, URL-encoded.`,
    {
      errors: [{ path: '/split', message: 'query.split must be random, group:COLUMN or time:COLUMN' }],
    },
  )
}

function rowsOf({ contentType, bytes }: BodyStream, decimal: TableReading['decimal']): TrainingRows {
  return contentType === 'text/csv' ? { csv: bytes, decimal } : { ndjson: bytes }
}

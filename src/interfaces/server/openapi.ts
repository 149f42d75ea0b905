// OpenAPI 3.1 from the endpoints: the same schemas that check what comes in and serialise what goes out.
import { z } from 'zod'
import type { Endpoint, Route } from '../../endpoint.ts'
import { ERROR_CODES } from '../../error-codes.ts'
import type { ErrorCode } from '../../errors.ts'
import { createSchemaCollector, type Json, type SchemaCollector } from './openapi-schemas.ts'
import { STATUS } from './status.ts'

// biome-ignore lint/suspicious/noExplicitAny: endpoints of every type.
type AnyEndpoint = Endpoint<string, any, any, any>

const FieldErrorSchema = z
  .object({ path: z.string().describe('JSON pointer'), message: z.string().describe('What is wrong there, and what would be right') })
  .meta({ id: 'FieldError' })

const ProblemSchema = z
  .object({
    type: z.string().describe('Address of the page that explains the code'),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string().describe('What happened with the numbers, why, and how to fix it'),
    instance: z.string(),
    requestId: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
    errors: z.array(FieldErrorSchema).optional(),
  })
  .meta({ id: 'Problem' })

/** Order and sentence of the groups in the reference. Groups of apps come after these. */
const TAGS: Readonly<Record<string, string>> = {
  models: 'Definitions, versions, training, predictions, outcomes.',
  tables: 'Looking at a table before training on it.',
  embeddings: 'Texts to vectors.',
  jobs: 'Long work: progress, cancel, retry.',
  events: 'What happens, as it happens.',
  keys: 'API keys and their scopes.',
  attention: 'What somebody should look at now.',
  doctor: 'Whether the server and its machine are well.',
  settings: 'The settings in force.',
  performance: 'How models do in service.',
  traffic: 'Requests, errors and latencies over time.',
  session: 'Signing in and out from a browser.',
  health: 'Whether the server lives and can work.',
  metrics: 'Counters for Prometheus.',
}

/**
 * The OpenAPI document of a list of endpoints.
 *
 * @example
 * buildOpenApi(routes.map((route) => route.endpoint), { version: '1.0.0' })
 */
export function buildOpenApi(endpoints: readonly Route['endpoint'][], about: { readonly version: string }): Json {
  const collector = createSchemaCollector()
  const problem = collector.schemaOf(ProblemSchema, 'output')
  const paths: Record<string, Record<string, Json>> = {}
  const tags = new Set<string>()
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    const tag = tagOf(endpoint.path)
    tags.add(tag)
    const methods = paths[path] ?? {}
    paths[path] = methods
    methods[endpoint.method.toLowerCase()] = operation(endpoint, tag, collector, problem)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tandem',
      version: about.version,
      summary: 'The machine-learning backend for Node.js applications.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/', description: 'This server' }],
    tags: sortedTags(tags).map((name) => ({ name, description: TAGS[name] ?? `Routes of the application under /${name}.` })),
    security: [{ key: [] }],
    paths,
    components: {
      schemas: sortKeys(collector.components),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer tdm_...`. `X-API-Key` works as well.' },
      },
    },
  }
}

/** `/v1/models/:model/predict` is of `models`, `/matching/predict` of `matching`. */
export function tagOf(path: string): string {
  const parts = path.split('/').filter(Boolean)
  return (/^v\d+$/.test(parts[0] ?? '') ? parts[1] : parts[0]) ?? 'server'
}

function operation(endpoint: AnyEndpoint, tag: string, collector: SchemaCollector, problem: Json): Json {
  const scope = endpoint.scope === 'public' ? 'Needs no key.' : `Needs the scope \`${endpoint.scope}\`.`
  const requestBody = bodyOf(endpoint, collector)
  return {
    operationId: operationId(endpoint),
    summary: endpoint.summary,
    description: [endpoint.description, scope].filter(Boolean).join('\n\n'),
    tags: [tag],
    ...(endpoint.scope === 'public' ? { security: [] } : {}),
    parameters: parametersOf(endpoint, collector),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: responsesOf(endpoint, collector, problem),
  }
}

function operationId({ method, path }: AnyEndpoint): string {
  const words = path
    .split('/')
    .filter((part) => part !== '' && !/^v\d+$/.test(part))
    .map((part) => part.replace(/^:/, 'by-').replace(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase()))
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function parametersOf(endpoint: AnyEndpoint, collector: SchemaCollector): readonly Json[] {
  const inPath = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = endpoint.query ? collector.schemaOf(endpoint.query, 'input') : {}
  const required = (query.required ?? []) as readonly string[]
  const inQuery = Object.entries((query.properties ?? {}) as Readonly<Record<string, Json>>).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(typeof schema.description === 'string' ? { description: schema.description } : {}),
    schema,
  }))
  const once = endpoint.idempotent
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description: 'Repeating the request with the same key replays the first answer for 24 hours.',
          schema: { type: 'string', maxLength: 255 },
        },
      ]
    : []
  return [...inPath, ...inQuery, ...once]
}

function bodyOf(endpoint: AnyEndpoint, collector: SchemaCollector): Json | undefined {
  if (!endpoint.input && endpoint.streams === undefined) return undefined
  const content: Record<string, Json> = {}
  if (endpoint.input) {
    const examples = Object.entries(endpoint.examples ?? {}).map(([name, value]) => [name, { value }] as const)
    content['application/json'] = {
      schema: collector.schemaOf(endpoint.input, 'input'),
      ...(examples.length > 0 ? { examples: Object.fromEntries(examples) } : {}),
    }
  }
  for (const type of endpoint.streams ?? []) content[type] = { schema: { type: 'string' } }
  return { required: true, content }
}

/** Codes every endpoint may answer, by what it takes. */
function codesOf(endpoint: AnyEndpoint): readonly ErrorCode[] {
  const takesBody = Boolean(endpoint.input) || endpoint.streams !== undefined
  const open = endpoint.scope === 'public'
  return [
    'invalid_input',
    ...(takesBody ? (['malformed_body', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(open ? [] : (['unauthorized', 'forbidden', 'rate_limited'] as const)),
    ...(endpoint.idempotent ? (['idempotency_conflict', 'idempotency_in_progress'] as const) : []),
    'overloaded',
    'timeout',
    'internal',
    ...endpoint.errors,
  ]
}

function responsesOf(endpoint: AnyEndpoint, collector: SchemaCollector, problem: Json): Json {
  const responses: Record<string, Json> = {}
  const schema = collector.schemaOf(endpoint.output, 'output')
  const type = endpoint.kind === 'json' ? 'application/json' : (endpoint.contentType.split(';')[0] ?? endpoint.contentType)
  for (const status of [endpoint.status, ...endpoint.alsoStatus]) {
    const others = Object.fromEntries((endpoint.alternatives ?? []).map((other) => [other, { schema: { type: 'string' } }]))
    const content = status === 204 ? {} : { content: { [type]: { schema }, ...others } }
    responses[String(status)] = { description: status < 400 ? 'Success' : 'As in success, with bad news', ...content }
  }
  const byStatus = Map.groupBy(new Set(codesOf(endpoint)), (code) => String(STATUS[code]))
  for (const [status, codes] of byStatus) {
    const description = codes.map((code) => `\`${code}\`: ${ERROR_CODES[code]}`).join('\n\n')
    const content = { 'application/problem+json': { schema: problem } }
    const known = responses[status]
    if (known === undefined) responses[status] = { description, content }
    else {
      const both = { ...(known.content as Json), ...content }
      responses[status] = { description: `${String(known.description)}\n\n${description}`, content: both }
    }
  }
  return sortKeys(responses)
}

function sortedTags(tags: ReadonlySet<string>): readonly string[] {
  const order = Object.keys(TAGS)
  const rank = (tag: string): number => (order.includes(tag) ? order.indexOf(tag) : order.length)
  return [...tags].sort((a, b) => rank(a) - rank(b) || byCode(a, b))
}

function sortKeys<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => byCode(a, b)))
}

/** Not `localeCompare`: the tables of a locale are 4 MB that an idle server would hold for this alone. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

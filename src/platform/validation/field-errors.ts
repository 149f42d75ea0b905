// Ajv's errors as sentences: where, what was expected, what came. Branches of a union are folded: when one branch
// clearly was meant its errors are shown, otherwise one sentence for the union.
import type { ErrorObject } from 'ajv'
import type { FieldError } from '../../errors.ts'
import { describeSchema, nearestName, shown, typeOf } from './describe-schema.ts'

export interface FieldErrorOptions {
  /** What the root is called. Default `body`. */
  readonly root?: string
  /** Most errors returned. Default 20. */
  readonly limit?: number
}

type Params = Readonly<Record<string, unknown>>

/** Errors looked at, however many Ajv found. */
const MOST_LOOKED_AT = 500

export function fieldErrors(errors: readonly ErrorObject[], options: FieldErrorOptions = {}): FieldError[] {
  const { root = 'body', limit = 20 } = options
  const found = new Map<string, FieldError>()
  for (const error of foldUnions(errors.slice(0, MOST_LOOKED_AT))) {
    const child = childOf(error)
    const path = child === undefined ? error.instancePath : `${error.instancePath}/${escapePointer(child)}`
    if (!found.has(path)) found.set(path, { path, message: sentence(error, dotted(path, root)) })
    if (found.size >= limit) break
  }
  return [...found.values()]
}

/** `/features/rates/0` as `features.rates[0]`. */
function dotted(pointer: string, root: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const text = parts.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
  if (text === '') return root
  if (root !== 'body') return `${root}.${text}`
  return text.startsWith('[') ? `${root}${text}` : text
}

const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

function childOf(error: ErrorObject): string | undefined {
  const params = error.params as Params
  const child = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty
  return child === undefined ? undefined : String(child)
}

const COUNTED: Readonly<Record<string, readonly [string, string, string]>> = {
  minItems: ['at least', 'item', 'items'],
  maxItems: ['at most', 'item', 'items'],
  minLength: ['at least', 'character', 'characters'],
  maxLength: ['at most', 'character', 'characters'],
  minProperties: ['at least', 'field', 'fields'],
  maxProperties: ['at most', 'field', 'fields'],
}

function sentence(error: ErrorObject, place: string): string {
  const params = error.params as Params
  const parent = (error.parentSchema ?? {}) as Readonly<Record<string, unknown>>
  const properties = (parent.properties ?? {}) as Readonly<Record<string, object>>
  if (error.keyword === 'required') {
    const expected = properties[String(params.missingProperty)]
    return `${place} is required${expected === undefined ? '' : `: ${describeSchema(expected)}`}`
  }
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const known = Object.keys(properties)
    const near = nearestName(childOf(error) ?? '', known)
    if (near !== undefined) return `${place} is not a known field; did you mean "${near}"?`
    return `${place} is not a known field; ${known.length === 0 ? 'none is expected here' : `known: ${known.slice(0, 8).join(', ')}${known.length > 8 ? ', …' : ''}`}`
  }
  const counted = COUNTED[error.keyword]
  if (counted !== undefined) {
    const [bound, one, many] = counted
    const size = sizeOf(error.data)
    return `${place} must have ${bound} ${String(params.limit)} ${params.limit === 1 ? one : many}, got ${size}`
  }
  if (error.keyword === 'propertyNames') return `${place} has the key ${shown(params.propertyName)}, which is not allowed`
  if (error.keyword === 'uniqueItems') return `${place} holds the same item twice, at ${String(params.j)} and ${String(params.i)}`
  if (error.keyword === 'multipleOf') return `${place} must be a multiple of ${String(params.multipleOf)}, got ${shown(error.data)}`
  return `${place} must be ${describeSchema(parent)}, got ${error.data === null ? 'null' : `${typeOf(error.data)} ${shown(error.data)}`}`
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length
  return Array.isArray(value) ? value.length : Object.keys((value ?? {}) as object).length
}

/** Replaces each union's branches by the branch that was meant, or by the union itself. */
function foldUnions(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let left = errors
  const isUnion = (error: ErrorObject): boolean => error.keyword === 'anyOf' || error.keyword === 'oneOf'
  const unions = errors.filter(isUnion).sort((a, b) => a.schemaPath.length - b.schemaPath.length)
  for (const union of unions.slice(0, 50)) {
    if (!left.includes(union)) continue
    const within = (error: ErrorObject): boolean =>
      error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath)
    const meant = branchMeant(left.filter(within), union)
    left = left.filter((error) => (error === union ? meant === undefined : !within(error) || inBranch(error, union, meant)))
  }
  return left
}

const branchOf = (error: ErrorObject, union: ErrorObject): string => error.schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? ''

const inBranch = (error: ErrorObject, union: ErrorObject, branch: string | undefined): boolean =>
  branch !== undefined && branchOf(error, union) === branch

/** The branch that fits best. A wrong kind of value, or a wrong constant beside it, says that another one was meant. */
function branchMeant(errors: readonly ErrorObject[], union: ErrorObject): string | undefined {
  const costs = new Map<string, number>()
  for (const error of errors) {
    const branch = branchOf(error, union)
    costs.set(branch, (costs.get(branch) ?? 0) + costOf(error, union))
  }
  const ranked = [...costs].sort((a, b) => a[1] - b[1])
  const [best, second] = ranked
  if (best === undefined || best[1] >= 1_000) return undefined
  return second === undefined || best[1] < second[1] ? best[0] : undefined
}

function costOf(error: ErrorObject, union: ErrorObject): number {
  const deeper = error.instancePath.slice(union.instancePath.length)
  if (deeper === '') return error.keyword === 'required' || error.keyword === 'additionalProperties' ? 20 : 1_000
  return error.keyword === 'const' && deeper.lastIndexOf('/') === 0 ? 200 : 1
}

// Comparing versions: reads what was kept at training and judges it in a thread; versions never change, so neither does the result.
import { TandemError } from '../../../errors.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import type { Models } from '../../models/index.ts'
import type { CompareHeldOutInput } from './compare-held-out.ts'
import { type Comparison, MAX_COMPARED } from './schema.ts'

export interface CompareOptions {
  /** Versions or aliases, at most 10; the newest five and the one in service unless said. */
  readonly versions?: readonly string[]
  readonly signal?: AbortSignal
}

/** @throws `model_not_found`, `version_not_found`; `no_version` when there is nothing to compare; `invalid_input` for too many. */
export type CompareVersions = (model: string, options?: CompareOptions) => Promise<Comparison>

const NEWEST = 5
/** Results in memory. */
const MAX_KNOWN = 100

export function createComparison({ models, pool }: { readonly models: Models; readonly pool: ThreadPool }): CompareVersions {
  const known = new Map<string, Omit<Comparison, 'model'>>()
  return async (model, { versions: asked, signal } = {}) => {
    const names = asked ?? (await usual(models, model))
    if (names.length > MAX_COMPARED) {
      throw new TandemError('invalid_input', `${names.length} versions cannot be compared at once, only ${MAX_COMPARED}. Ask for fewer.`, {
        errors: [{ path: '/versions', message: `versions must name at most ${MAX_COMPARED} versions, got ${names.length}` }],
      })
    }
    if (names.length === 0) throw nothing(model)
    const found = await Promise.all(names.map((name) => models.heldOut(model, name)))
    const distinct = [...new Map(found.map((each) => [each.version.version, each])).values()]
    // The one in service is what the others would replace.
    const ordered = distinct.sort((a, b) => Number(b.version.active) - Number(a.version.active))
    const input: CompareHeldOutInput = { versions: ordered.map(({ version, file }) => ({ version: version.version, file })) }
    // A model that was deleted and made anew may have versions of the same name, but not of the same file.
    const key = [model, ...ordered.map(({ version, file }) => `${version.version} ${version.artifact.sha256} ${file?.length}`)].join(' ')
    const result =
      known.get(key) ?? (await pool.run<Omit<Comparison, 'model'>>('training.compare-versions', input, signal ? { signal } : {}))
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value!)
    known.set(key, result)
    return { model, ...result }
  }
}

async function usual(models: Models, model: string): Promise<string[]> {
  const { items } = await models.listVersions(model, { limit: NEWEST })
  const { activeVersion } = await models.find(model)
  return [...new Set([...(activeVersion === null ? [] : [activeVersion]), ...items.map(({ version }) => version)])]
}

function nothing(model: string): TandemError {
  return new TandemError('no_version', `Model "${model}" has no version to compare. Train it with POST /v1/models/${model}/train.`, {
    details: { model },
  })
}

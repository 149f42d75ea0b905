// A classifier of the caller's own, from `models`, as the runtime that comes before all others.
import { TandemError } from '../../../errors.ts'
import type { Models } from '../../models/index.ts'
import type { Predictions } from '../../predictions/index.ts'

export interface OwnAnswer {
  readonly values: readonly { readonly value: string; readonly probabilities: Readonly<Record<string, number>> }[]
  /** Name and version. */
  readonly model: string
}

export interface OwnModel {
  /** Undefined where none is named, or the configured one cannot answer. @throws when the one that the call names cannot. */
  answer(
    texts: readonly string[],
    asked: { readonly model?: string | undefined; readonly feature?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<OwnAnswer | undefined>
}

export interface OwnModelParts {
  readonly models: Pick<Models, 'get'>
  readonly predictions: Pick<Predictions, 'predictMany'>
  readonly configured: { readonly model: string; readonly feature?: string } | undefined
  noteFallback(reason: string): void
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void }
}

export function createOwnModel({ models, predictions, configured, noteFallback, log }: OwnModelParts): OwnModel {
  let isFailing = false
  const ask = async (model: string, feature: string | undefined, texts: readonly string[], signal?: AbortSignal): Promise<OwnAnswer> => {
    const name = feature ?? (await textFeatureOf(models, model))
    const rows = texts.map((text) => ({ [name]: text }))
    const answer = await predictions.predictMany(model, rows, { log: false, ...(signal === undefined ? {} : { signal }) })
    const values = answer.predictions.map((prediction) => {
      const { probabilities } = prediction as { readonly probabilities?: Readonly<Record<string, number>> }
      if (probabilities === undefined) {
        throw new TandemError(
          'conflict',
          `The model "${model}" predicts a number; a classifier is needed, such as of positive and negative.`,
        )
      }
      return { value: String(prediction.value), probabilities }
    })
    return { values, model: answer.version === null ? `${model}, its fallback` : `${model} ${answer.version}` }
  }
  return {
    async answer(texts, { model, feature, signal }) {
      if (model !== undefined) return ask(model, feature, texts, signal)
      if (configured === undefined) return undefined
      try {
        const answer = await ask(configured.model, configured.feature, texts, signal)
        if (isFailing) log.info({ model: configured.model }, 'the own model of sentiment answers again')
        isFailing = false
        return answer
      } catch (error) {
        if (signal?.aborted) throw error
        const reason = TandemError.is(error) ? error.code : 'internal'
        noteFallback(`model_${reason}`)
        if (!isFailing)
          log.warn({ model: configured.model, error: String(error) }, 'the own model of sentiment cannot answer; the next runtime does')
        isFailing = true
        return undefined
      }
    },
  }
}

/** The only feature that is a text; with several the caller says which. */
async function textFeatureOf(models: Pick<Models, 'get'>, model: string): Promise<string> {
  const { features } = (await models.get(model)).definition
  const properties = Object.entries(
    (features as { readonly properties?: Readonly<Record<string, { type?: unknown; enum?: unknown }>> }).properties ?? {},
  )
  const isText = ({ type, enum: values }: { type?: unknown; enum?: unknown }): boolean =>
    [type].flat().includes('string') && values === undefined
  const texts = properties.filter(([, schema]) => isText(schema)).map(([name]) => name)
  if (texts.length === 1) return texts[0]!
  const message =
    texts.length === 0
      ? `The model "${model}" has no feature that takes a text; its features: ${properties.map(([name]) => name).join(', ')}.`
      : `The model "${model}" has ${texts.length} features that take texts: ${texts.join(', ')}. Name one as "feature".`
  throw new TandemError('invalid_input', message, { errors: [{ path: '/feature', message }] })
}

// Trying one row: what stands in the form, asking the model, and its reasons.
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Profile } from '../../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { type FieldError, TandemError } from '../../../../../src/errors.ts'
import type { AnyPrediction } from '../../../../../src/tandem.ts'
import { client } from '../../../client.ts'
import { type Cell, type FormTexts, propertiesOf, readForm } from '../../../ui/schema-form.tsx'
import { typicalTexts } from './typical-texts.ts'

export interface TryAnswer {
  readonly prediction: AnyPrediction
  /** Why there are no reasons. */
  readonly unexplained: string | undefined
  readonly isLogged: boolean
  /** From this browser and back. */
  readonly tookMs: number
}

export interface Try {
  readonly texts: FormTexts
  readonly setTexts: (texts: FormTexts) => void
  readonly typical: FormTexts
  readonly errors: readonly FieldError[]
  /** What failed as a whole, not at a field. */
  readonly failure: unknown
  readonly answer: TryAnswer | undefined
  readonly isBusy: boolean
  readonly run: (options: { readonly isLogged: boolean }) => Promise<Readonly<Record<string, Cell>> | undefined>
}

export const FEATURES_POINTER = '/features'

interface TryOptions {
  readonly model: string
  readonly version: Version
  readonly profile: Profile | undefined
  /** A row from the address: asked for at once. */
  readonly row?: string
}

export function useTry({ model, version, profile, row }: TryOptions): Try {
  const schema = version.features
  const typical = useMemo(() => typicalTexts(schema, profile), [schema, profile])
  // The row the page was opened with; the address changes with every later one.
  const [first] = useState(() => (row === undefined ? undefined : textsOfJson(row)))
  const [typed, setTexts] = useState(first)
  const texts = typed ?? typical
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [failure, setFailure] = useState<unknown>()
  const [answer, setAnswer] = useState<TryAnswer>()
  const [isBusy, setBusy] = useState(false)

  const ask = useCallback(
    async (from: FormTexts, isLogged: boolean) => {
      const read = readForm(schema, from, FEATURES_POINTER)
      setErrors(read.errors)
      setFailure(undefined)
      if (read.errors.length > 0) return undefined
      // A feature that may be missing is sent as such.
      const features = { ...missingAsNull(schema), ...read.values }
      setBusy(true)
      try {
        setAnswer(await answerOf(model, version, features, isLogged))
        return features
      } catch (error) {
        const fields = TandemError.is(error) ? error.errors : undefined
        if (fields !== undefined && fields.length > 0) setErrors(fields)
        else setFailure(error)
        return undefined
      } finally {
        setBusy(false)
      }
    },
    [model, version, schema],
  )
  useEffect(() => {
    if (first !== undefined) void ask(first, false)
  }, [first, ask])
  return { texts, setTexts, typical, errors, failure, answer, isBusy, run: ({ isLogged }) => ask(texts, isLogged) }
}

async function answerOf(model: string, version: Version, features: Readonly<Record<string, Cell>>, isLogged: boolean): Promise<TryAnswer> {
  // The one in service is not named: only so can the fallback answer when it is what answers.
  const options = { version: version.active ? undefined : version.version, log: isLogged }
  const started = performance.now()
  const ask = async (explain: boolean): Promise<TryAnswer> => {
    const prediction = await client.model(model).predict(features, { ...options, explain })
    return { prediction, isLogged, tookMs: performance.now() - started, unexplained: undefined }
  }
  try {
    return await ask(true)
  } catch (error) {
    // A version made before its trees could be explained still predicts.
    if (!TandemError.is(error) || error.code !== 'conflict') throw error
    return { ...(await ask(false)), unexplained: error.message }
  }
}

/** The fields of a row written as JSON; undefined for anything that is not an object of scalars. */
export function textsOfJson(json: string): FormTexts | undefined {
  try {
    const row: unknown = JSON.parse(json)
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined
    const entries = Object.entries(row)
    if (entries.some(([, value]) => typeof value === 'object' && value !== null)) return undefined
    return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? '' : String(value)]))
  } catch {
    return undefined
  }
}

/** Features that must be named but may be null. */
function missingAsNull(schema: unknown): Record<string, null> {
  const { required } = schema as { readonly required?: unknown }
  const named = new Set(Array.isArray(required) ? required : [])
  return Object.fromEntries(
    propertiesOf(schema).flatMap(({ name, required: needed }) => (named.has(name) && !needed ? [[name, null]] : [])),
  )
}

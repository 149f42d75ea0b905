// Trying one row: what stands in the form, asking the model, and its reasons.
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Profile } from '../../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { type FieldError, TandemError } from '../../../../../src/errors.ts'
import type { Answered, AnyPrediction } from '../../../../../src/predictions.ts'
import { client } from '../../../client.ts'
import { type Cell, type FormTexts, propertiesOf, readForm } from '../../../ui/schema-form.tsx'
import { typicalTexts } from './typical-texts.ts'

export interface TryAnswer {
  readonly prediction: Answered<AnyPrediction, boolean>
  /** What was sent. */
  readonly row: Readonly<Record<string, Cell>>
  /** Why there are no reasons. */
  readonly unexplained: string | undefined
  /** Why it promises nothing. */
  readonly unpromised: string | undefined
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
  /** Fills in a row and asks at once. */
  readonly tryRow: (row: Readonly<Record<string, Cell>>, asked: Asked) => void
  readonly run: (options: Asked) => Promise<Readonly<Record<string, Cell>> | undefined>
}

export interface Asked {
  readonly isLogged: boolean
  /** Share of all cases in which the truth shall be inside. */
  readonly coverage?: number
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
    async (from: FormTexts, asked: Asked) => {
      const read = readForm(schema, from, FEATURES_POINTER)
      setErrors(read.errors)
      setFailure(undefined)
      if (read.errors.length > 0) return undefined
      // A feature that may be missing is sent as such.
      const features = { ...missingAsNull(schema), ...read.values }
      setBusy(true)
      try {
        setAnswer(await answerOf(model, version, features, asked))
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
    if (first !== undefined) void ask(first, { isLogged: false })
  }, [first, ask])
  const tryRow = (changed: Readonly<Record<string, Cell>>, asked: Asked): void => {
    const filled = textsOfJson(JSON.stringify(changed)) ?? {}
    setTexts(filled)
    void ask(filled, asked)
  }
  return { texts, setTexts, typical, errors, failure, answer, isBusy, tryRow, run: (asked) => ask(texts, asked) }
}

async function answerOf(model: string, version: Version, features: Readonly<Record<string, Cell>>, asked: Asked): Promise<TryAnswer> {
  const { isLogged, coverage } = asked
  // The one in service is not named: only so can the fallback answer when it is what answers.
  const options = { version: version.active ? undefined : version.version, log: isLogged }
  const started = performance.now()
  const ask = async (wishes: { readonly explain?: boolean; readonly coverage?: number | undefined }): Promise<TryAnswer> => {
    const prediction = await client.model(model).predict(features, { ...options, ...wishes })
    return { prediction, row: features, isLogged, tookMs: performance.now() - started, unexplained: undefined, unpromised: undefined }
  }
  /** A version made before its trees could be explained, or on too few rows to promise anything, still predicts. */
  const unless = async (
    code: string,
    work: () => Promise<TryAnswer>,
    otherwise: (why: string) => Promise<TryAnswer>,
  ): Promise<TryAnswer> => {
    try {
      return await work()
    } catch (error) {
      if (!TandemError.is(error) || error.code !== code) throw error
      return otherwise(error.message)
    }
  }
  const reasons = (wish: number | undefined): Promise<TryAnswer> =>
    unless(
      'conflict',
      () => ask({ explain: true, coverage: wish }),
      async (unexplained) => ({ ...(await ask({ coverage: wish })), unexplained }),
    )
  return unless(
    'no_calibration',
    () => reasons(coverage),
    async (unpromised) => ({ ...(await reasons(undefined)), unpromised }),
  )
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

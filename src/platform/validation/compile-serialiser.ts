// Turns answers into JSON text by their zod schema: faster than JSON.stringify for small ones, and a key that the schema
// does not name never leaves.
import fastJson from 'fast-json-stringify'
import type { z } from 'zod'
import { serialiserSchema } from './json-schema.ts'

export type Serialiser = (value: unknown) => string

/** Compiled at the first call: most routes of a server are never called, and compiling all of them took a third of its start. */
export function compileSerialiser(schema: z.ZodType): Serialiser {
  let serialise: Serialiser | undefined
  return (value) => {
    serialise ??= fastJson(serialiserSchema(schema)) as Serialiser
    return serialise(value)
  }
}

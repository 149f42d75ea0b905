// What the pool and its workers say to each other, and how an error crosses between them.

import { type ErrorCode, type FieldError, TandemError } from '../../errors.ts'

/** To a worker: run a task, or stop. */
export type Order = { readonly run: string; readonly argument: unknown; readonly canceled: Int32Array } | { readonly stop: true }

/** From a worker: how far it is, the result, or what went wrong. */
export type Answer =
  | { readonly progress: number; readonly message?: string }
  | { readonly result: unknown }
  | { readonly failure: ClonedError }

/** An error as plain data: a clone of an Error loses its class, code and details. */
export interface ClonedError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  readonly errors?: readonly FieldError[]
  readonly stack?: string
}

export function cloneError(error: unknown, task: string): ClonedError {
  if (TandemError.is(error)) {
    return { code: error.code, message: error.message, details: error.details, errors: error.errors, stack: error.stack }
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { code: 'internal', message: `The task "${task}" failed on its thread: ${message}`, details: {}, stack }
}

export function restoreError({ code, message, details, errors, stack }: ClonedError): TandemError {
  return new TandemError(code, message, { details, errors, cause: stack === undefined ? undefined : new Error(stack) })
}

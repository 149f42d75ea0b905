// The HTTP server, published as `tandem-ml/server`.
export type { IdempotencyState, IdempotencyStore, StoredAnswer } from './idempotency.ts'
export { createIdempotencyStore, type IdempotencyOptions } from './idempotency-sql.ts'
export { buildOpenApi } from './openapi.ts'
export type { Readiness } from './readiness.ts'
export { createServer } from './server.ts'
export type { Server, ServerParts, ServerSettings } from './server-parts.ts'

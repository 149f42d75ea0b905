// The two parts of prom-client that are used. Its entry also loads its default metrics, and with them @opentelemetry/api:
// 80 files and 4 MB that an idle server would hold for nothing. The version is pinned, and telemetry.test.ts fails if they move.
import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'

const require = createRequire(import.meta.url)

export const Gauge = require('prom-client/lib/gauge.js') as typeof PromClient.Gauge
export const Registry = require('prom-client/lib/registry.js') as typeof PromClient.Registry
export type Registry = PromClient.Registry
export type Gauge<Labels extends string = string> = PromClient.Gauge<Labels>
export type { Metric } from 'prom-client'

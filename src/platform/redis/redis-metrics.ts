// What is counted of Redis, in Prometheus names, on the server's registry.
import { Gauge, type Metric, type Registry } from '../telemetry/prom-client.ts'
import { CounterSeries } from '../telemetry/series.ts'
import type { RedisPurpose, RedisState } from './redis.ts'

export interface RedisMetrics {
  countFailure(purpose: RedisPurpose): void
  /** Asked at each scrape. */
  read(state: () => RedisState): void
}

export function createRedisMetrics(registry: Registry): RedisMetrics {
  const failures = new CounterSeries('tandem_redis_failures_total', 'Times something went on without Redis, by what for.', ['purpose'])
  registry.registerMetric(failures as unknown as Metric)
  let state: (() => RedisState) | undefined
  new Gauge({
    name: 'tandem_redis_up',
    help: 'Whether Redis can be reached.',
    registers: [registry],
    collect() {
      this.set(state?.().up === true ? 1 : 0)
    },
  })
  return {
    countFailure: (purpose) => {
      failures.cell(purpose).value += 1
    },
    read: (given) => {
      state = given
    },
  }
}

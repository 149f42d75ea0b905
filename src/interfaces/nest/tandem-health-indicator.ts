// Tandem's readiness in the form that @nestjs/terminus asks for.
import type { Readiness } from '../server/readiness.ts'

/** One entry of a health check. */
export type TandemHealth = Readonly<Record<string, { readonly status: 'up' | 'down'; readonly [fact: string]: unknown }>>

/**
 * Whether storage answers and every model in service answered its canary prediction.
 *
 * @example
 * return this.health.check([() => this.tandemHealth.isHealthy('tandem')])
 */
export class TandemHealthIndicator {
  readonly #readiness: () => Promise<Readiness>

  constructor(readiness: () => Promise<Readiness>) {
    this.#readiness = readiness
  }

  /** `down` with the reason of each part; never rejects, so that one part that is down does not hide the others. */
  async isHealthy(name = 'tandem'): Promise<TandemHealth> {
    try {
      const { ready, checks } = await this.#readiness()
      if (ready) return { [name]: { status: 'up' } }
      const failed = Object.entries(checks).filter(([, { ok }]) => !ok)
      return { [name]: { status: 'down', ...Object.fromEntries(failed.map(([part, { message }]) => [part, message ?? 'not ready'])) } }
    } catch (error) {
      return { [name]: { status: 'down', message: error instanceof Error ? error.message : String(error) } }
    }
  }
}

// What is injected: a class, so that it is type and token in one, with the models of a config.
import type { TandemApi, TypedConfig } from '../../tandem.ts'

/**
 * Tandem in a Nest application: the models, jobs and tables of a config, by HTTP or in this process alike.
 *
 * @example
 * constructor(@Inject(TandemClient) private readonly tandem: TandemClient<typeof config>) {}
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the members are those of what the module provides, never of this class.
export abstract class TandemClient<Config extends TypedConfig = TypedConfig> {
  /** Keeps `Config` apart in structural comparisons. */
  declare readonly '~config'?: Config
}
export interface TandemClient<Config extends TypedConfig = TypedConfig> extends TandemApi<Config> {}

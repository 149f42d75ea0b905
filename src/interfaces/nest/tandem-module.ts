// Tandem as a Nest module. Written without @nestjs/common: a dynamic module is a plain object, so one build serves
// Nest 10 to 12, from CommonJS and from ES modules, and there is no second copy of Nest to mix up.
import type { CreateTandemOptions, Tandem } from '../../app.ts'
import type { TandemConfig } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import type { TypedConfig } from '../../tandem.ts'
import { type ClientOptions, createClient } from '../client/index.ts'
import type { Readiness } from '../server/readiness.ts'
import { TandemClient } from './tandem-client.ts'
import { TandemHealthIndicator } from './tandem-health-indicator.ts'

/** A server somewhere, or Tandem in this process. */
export type TandemModuleOptions =
  | ClientOptions
  | (CreateTandemOptions & {
      readonly config: TandemConfig
      /** Also serves HTTP, with dashboard, on the port of the settings. Default false. */
      readonly listen?: boolean
    })

/** What Nest calls an injection token. */
// biome-ignore lint/suspicious/noExplicitAny: Nest's own tokens are classes of any kind.
type Token = string | symbol | (abstract new (...args: any[]) => unknown)

export interface TandemModuleAsyncOptions {
  /** Modules whose providers the factory needs. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever Nest takes as an import.
  readonly imports?: any[]
  readonly inject?: readonly Token[]
  // biome-ignore lint/suspicious/noExplicitAny: what `inject` names.
  readonly useFactory: (...injected: any[]) => TandemModuleOptions | Promise<TandemModuleOptions>
  /** Whether other modules need not import this one. Default false. */
  readonly isGlobal?: boolean
}

/** As Nest's own `DynamicModule`. */
export interface TandemDynamicModule {
  module: typeof TandemModule
  global: boolean
  // biome-ignore lint/suspicious/noExplicitAny: as in Nest.
  imports: any[]
  providers: {
    provide: Token
    inject: Token[]
    // biome-ignore lint/suspicious/noExplicitAny: as in Nest.
    useFactory: (...injected: any[]) => unknown
  }[]
  exports: Token[]
}

const CONNECTION = Symbol('tandem connection')
const OPTIONS = Symbol('tandem options')

/** What stands behind the injected client. */
interface Connection {
  readonly client: TandemClient<TypedConfig>
  readiness(): Promise<Readiness>
  close(): Promise<void>
}

/**
 * @example
 * @Module({ imports: [TandemModule.forRoot({ url: 'http://127.0.0.1:4700', key })] })
 * @Module({ imports: [TandemModule.forRoot({ config })] }) // in this process
 */
// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest is a class, and these are the names Nest users know.
export class TandemModule {
  static forRoot(options: TandemModuleOptions & { readonly isGlobal?: boolean }): TandemDynamicModule {
    const { isGlobal = false, ...rest } = options
    return TandemModule.forRootAsync({ isGlobal, useFactory: () => rest })
  }

  /** @throws what `createClient` or `createTandem` throws, when the application starts. */
  static forRootAsync({ imports = [], inject = [], useFactory, isGlobal = false }: TandemModuleAsyncOptions): TandemDynamicModule {
    return {
      module: TandemModule,
      global: isGlobal,
      imports,
      providers: [
        { provide: OPTIONS, inject: [...inject], useFactory },
        { provide: CONNECTION, inject: [OPTIONS], useFactory: connect },
        { provide: TandemClient, inject: [CONNECTION], useFactory: ({ client }: Connection) => client },
        {
          provide: TandemHealthIndicator,
          inject: [CONNECTION],
          useFactory: ({ readiness }: Connection) => new TandemHealthIndicator(readiness),
        },
        { provide: TandemShutdown, inject: [CONNECTION], useFactory: (connection: Connection) => new TandemShutdown(connection) },
      ],
      exports: [TandemClient, TandemHealthIndicator],
    }
  }
}

/** Closes Tandem after Nest has answered its last request: open work is finished and nothing acknowledged is lost. */
class TandemShutdown {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  onApplicationShutdown(): Promise<void> {
    return this.#connection.close()
  }
}

async function connect(options: TandemModuleOptions): Promise<Connection> {
  if ('config' in options) return start(options.config, options)
  if (options.url === undefined) {
    throw new TandemError('invalid_config', 'TandemModule needs { url } of a server, or { config } to run Tandem in this process.')
  }
  const client = createClient(options)
  return { client: client as TandemClient<TypedConfig>, readiness: () => client.health(), close: async () => {} }
}

async function start(
  config: TandemConfig,
  { listen = false, ...options }: CreateTandemOptions & { readonly listen?: boolean },
): Promise<Connection> {
  // Loaded only here: an application that uses a server does not load one.
  const { createTandem } = await import('../../app.ts')
  const tandem: Tandem = await createTandem(config, options)
  try {
    if (listen) await tandem.listen()
  } catch (error) {
    await tandem.close()
    throw error
  }
  return { client: tandem as unknown as TandemClient<TypedConfig>, readiness: () => tandem.readiness(), close: () => tandem.close() }
}

// The module in real Nest applications, against a real server and in process.
import 'reflect-metadata'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Inject, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { createTandem } from '../../app.ts'
import { defineTandem } from '../../config.ts'
import { classifier, weightedScore } from '../../definitions.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { TandemClient, TandemHealthIndicator, TandemModule, type TandemModuleAsyncOptions } from './index.ts'

const config = defineTandem({
  models: {
    churn: classifier({
      features: z.strictObject({ activity: z.number().min(0).max(1) }),
      target: 'churned',
      classes: ['no', 'yes'],
      fallback: weightedScore({ activity: 1 }),
    }),
  },
})
const settings = { dataDir: ':memory:', host: '127.0.0.1', port: 0 }
const log = createLog({ logLevel: 'silent' })

/** What a decorator does; the tests are run by type stripping, which knows none. */
function decorate(target: object, ...decorators: ((target: never, key: undefined, index: number) => void)[]): void {
  for (const [index, decorator] of decorators.entries()) decorator(target as never, undefined, index)
}

class Scores {
  readonly tandem: TandemClient<typeof config>

  constructor(tandem: TandemClient<typeof config>) {
    this.tandem = tandem
  }

  async of(activity: number): Promise<'no' | 'yes'> {
    const { value } = await this.tandem.models.churn.predict({ activity })
    expectTypeOf(value).toEqualTypeOf<'no' | 'yes'>()
    return value
  }
}
decorate(Scores, Inject(TandemClient) as never)

async function application(tandem: ReturnType<typeof TandemModule.forRoot>) {
  class AppModule {}
  Module({ imports: [tandem], providers: [Scores] })(AppModule)
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false })
}

describe('TandemModule', () => {
  test('injects Tandem in this process, says how it is, and closes it with the application', async () => {
    const app = await application(TandemModule.forRoot({ config, settings, log }))
    expect(await app.get(Scores).of(0.9)).toBe('yes')
    const health = app.get(TandemHealthIndicator)
    expect(await health.isHealthy()).toEqual({ tandem: { status: 'up' } })
    await app.close()
    await expect(app.get(TandemClient).listModels()).rejects.toThrow()
    expect(await health.isHealthy('ml')).toMatchObject({ ml: { status: 'down' } })
  })

  test('injects a client of a server that a factory names, also globally', async () => {
    const tandem = await createTandem(config, { settings, log })
    const { url } = await tandem.listen()
    const { key } = await tandem.keys.create({ name: 'nest', scopes: ['read', 'predict'] })
    const ADDRESS = Symbol('address')
    class AddressModule {}
    Module({ providers: [{ provide: ADDRESS, useValue: { url, key } }], exports: [ADDRESS] })(AddressModule)
    const options: TandemModuleAsyncOptions = {
      imports: [AddressModule],
      inject: [ADDRESS],
      useFactory: async (address: { url: string; key: string }) => ({ ...address, retries: 0 }),
      isGlobal: true,
    }
    class Feature {}
    Module({ providers: [Scores] })(Feature)
    class AppModule {}
    Module({ imports: [TandemModule.forRootAsync(options), Feature] })(AppModule)
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false })
    expect(await app.get(Scores, { strict: false }).of(0.1)).toBe('no')
    const health = app.get(TandemHealthIndicator)
    expect(await health.isHealthy()).toEqual({ tandem: { status: 'up' } })
    await tandem.close({ drainMs: 0 })
    const down = await health.isHealthy()
    expect(down.tandem).toMatchObject({ status: 'down', message: expect.stringContaining('Could not reach') })
    await app.close()
  })

  test('fits where Nest wants a dynamic module, and needs a url or a config', async () => {
    expectTypeOf(TandemModule.forRoot({ config })).toExtend<import('@nestjs/common').DynamicModule>()
    await expect(application(TandemModule.forRoot({}))).rejects.toMatchObject({ code: 'invalid_config' })
  })

  test('is loaded by require, as CommonJS applications do', () => {
    const program = `
      require('reflect-metadata')
      const { Module } = require('@nestjs/common')
      const { NestFactory } = require('@nestjs/core')
      const { TandemClient, TandemModule } = require('tandem-ml/nest')
      const settings = { dataDir: ':memory:', logLevel: 'silent' }
      class AppModule {}
      Module({ imports: [TandemModule.forRoot({ config: {}, settings })] })(AppModule)
      NestFactory.createApplicationContext(AppModule, { logger: false }).then(async (app) => {
        console.log(JSON.stringify(await app.get(TandemClient).listModels()))
        await app.close()
      })`
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    const args = ['--conditions=tandem-source', '--input-type=commonjs', '--eval', program]
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).trim()).toBe('{"items":[]}')
  })
})

import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../error-codes.ts'
import { forbiddenKinds } from '../../platform/validation/index.ts'
import { modelRoutesForReference } from './testing/reference-routes.ts'
import { startTestServer, type TestServer, testRoutes } from './testing/test-server.ts'

type Json = Record<string, unknown>

let at: TestServer
beforeAll(async () => {
  at = await startTestServer({ routes: [...testRoutes(), ...modelRoutesForReference()] })
})
afterAll(() => at[Symbol.asyncDispose]())

const open = (path: string, headers: Record<string, string> = {}) => at.fetch(path, { headers: { authorization: 'none', ...headers } })

async function lint(document: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended', 'spec'] })
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  return problems.map((one) => `${one.ruleId}: ${one.message} ${one.location[0]?.pointer ?? ''}`)
}

describe('/openapi.json', () => {
  test('has no problem in the recommended rules, and the rules find a planted one', async () => {
    const document = (await (await open('/openapi.json')).json()) as { paths: Json; openapi: string }
    expect(document.openapi).toBe('3.1.0')
    const problems = await lint(document)
    // A relative server address is what makes the document work at any address.
    expect(problems).toEqual([])
    const broken = { ...document, paths: { ...document.paths, '/v1/x': { get: { responses: { 200: { $ref: '#/nowhere' } } } } } }
    expect((await lint(broken)).length).toBeGreaterThan(0)
  })

  test('lists every route with its scope, examples, problems and shared components', () => {
    const document = at.server.openapi as { paths: Record<string, Record<string, Json>>; components: { schemas: Json } }
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/v1/jobs/{job}', '/v1/keys', '/v1/echo', '/health/ready', '/metrics', '/v1/events']),
    )
    const create = document.paths['/v1/keys']!.post!
    expect(create.description).toContain('`admin`')
    expect(JSON.stringify(create.requestBody)).toContain('web shop')
    expect(Object.keys(create.responses as Json)).toEqual(['201', '400', '401', '403', '413', '415', '429', '500', '503', '504'])
    expect(JSON.stringify(document.paths['/v1/jobs/{job}']!.get!.responses)).toContain('#/components/schemas/Job')
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Job', 'Key', 'Problem', 'FieldError', 'Json']))
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('describes the answers that are really given', async () => {
    const document = at.server.openapi as Json
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema(document, 'api')
    const at200 = (path: string, method = 'get', status = 200, type = 'application/json') =>
      ajv.compile({
        $ref: `api#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/responses/${status}/content/${type.replace('/', '~1')}/schema`,
      })
    for (const path of ['/v1/keys', '/v1/jobs', '/health/ready', '/health/live']) {
      const check = at200(path)
      const answer = await (await at.fetch(path)).json()
      expect(check(answer), JSON.stringify(check.errors)).toBe(true)
    }
    const check = at200('/v1/echo', 'post', 400, 'application/problem+json')
    const answer = await (await at.post('/v1/echo', { rate: 'x' })).json()
    expect(check(answer), JSON.stringify(check.errors)).toBe(true)
  })
})

describe("the server's own endpoints", () => {
  test('hold only schemas that survive the way to JSON Schema', async () => {
    const endpoints = Object.values(await import('./routes/schema.ts')).filter((value) => typeof value === 'object' && 'method' in value)
    expect(endpoints.length).toBeGreaterThan(8)
    for (const { input, query, output } of endpoints) {
      if (input) expect(forbiddenKinds(input)).toEqual([])
      if (query) expect(forbiddenKinds(query)).toEqual([])
      expect(forbiddenKinds(output, 'output')).toEqual([])
    }
  })
})

describe('pages', () => {
  test.each(['/', '/docs', '/docs/errors'])(
    '%s comes with a policy that allows nothing from elsewhere, and needs nothing from there',
    async (path) => {
      const response = await open(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      const html = await response.text()
      // Nothing the policy would block: no inline style, script or handler, no other host.
      expect(html).not.toMatch(/ style=| on[a-z]+=|<style|<script>|(src|href)="(https?:)?\/\//)
      for (const [, asset] of html.matchAll(/(?:src|href)="(\/[^"#]*)"/g)) {
        const found = await at.fetch(asset!)
        expect([asset, found.status]).toEqual([asset, 200])
        await found.arrayBuffer()
      }
    },
  )

  test('/docs shows every route with a snippet that works as it stands, and every link leads somewhere', async () => {
    const html = await (await open('/docs')).text()
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, anchor] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(anchor)
    const operations = Object.values(at.server.openapi.paths as Record<string, Record<string, Json>>).flatMap((methods) =>
      Object.values(methods),
    )
    for (const { operationId } of operations) expect(html).toContain(`<article id="${String(operationId)}"`)
    expect(html).toContain('curl -X POST http://127.0.0.1:4700/v1/keys')
    expect(html).toContain('&quot;web shop&quot;')
    expect(html).toContain('curl -N http://127.0.0.1:4700/v1/events')
  })

  test('/docs/errors explains every code where the type of a problem points', async () => {
    const html = await (await open('/docs/errors')).text()
    for (const code of Object.keys(ERROR_CODES)) expect(html).toContain(`id="${code}"`)
  })

  test('are sent once and revalidated by their hash', async () => {
    const first = await open('/docs')
    const etag = first.headers.get('etag') ?? ''
    const again = await open('/docs', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('carry a script that parses', async () => {
    const script = await (await open('/docs/docs.js')).text()
    expect(() => new Function(script)).not.toThrow()
    expect(script).not.toMatch(/https?:\/\//)
  })
})

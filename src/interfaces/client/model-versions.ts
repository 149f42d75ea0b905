// The versions of one model over HTTP: which there are, and which one is in service.
import type { Version } from '../../capabilities/models/schema.ts'
import type { ModelVersions } from '../../tandem.ts'
import { address, get, post, put, remove } from './request.ts'
import { markOf, trainingBody } from './training-body.ts'
import type { Transport } from './transport.ts'

export function createModelVersions(path: string, transport: Transport): ModelVersions {
  const of = (version: string, part = ''): string => `${path}${address`/versions/${version}`}${part}`
  const evaluations = '/evaluations'
  return {
    versions: (options) => transport.json(get(`${path}/versions`, options)),
    version: (version, options) => transport.json(get(of(version), options)),
    evaluation: (version, options) => transport.json(get(of(version, '/evaluation'), options)),
    evaluate: (version, rows, { signal, ...query } = {}) =>
      transport.json({
        ...{ method: 'POST', path: of(version, evaluations), query: { ...query, ...markOf(rows) } },
        ...{ ...trainingBody(rows), unlimited: true, signal },
      }),
    evaluations: (version, options) => transport.json(get(of(version, evaluations), options)),
    evaluationOn: (version, id, options) => transport.json(get(of(version, evaluations + address`/${id}`), options)),
    async deleteEvaluation(version, id, options) {
      await transport.json(remove(of(version, evaluations + address`/${id}`), options))
    },
    profile: (version, options) => transport.json(get(of(version, '/profile'), options)),
    partialDependence: (feature, { signal, ...asked } = {}) =>
      transport.json({ method: 'GET', path: `${path}/partial-dependence`, query: { feature, ...asked }, signal }),
    card: (version, options) => transport.json(get(of(version, '/card'), options)),
    cardMarkdown: (version, options) => transport.text({ ...get(of(version, '/card'), options), accept: 'text/markdown' }),
    compare: ({ signal, versions } = {}) =>
      transport.json({ method: 'GET', path: `${path}/comparison`, query: { versions: versions?.join(',') }, signal }),
    compareAnswers: (input, options) => transport.json(post(`${path}/compare`, input, options)),
    async importVersion(file, { signal, format, target, features, classes, activate } = {}) {
      const list = (names: readonly string[] | undefined): string | undefined => names && JSON.stringify(names)
      const { version } = await transport.json<{ version: Version }>({
        ...{
          method: 'POST',
          path: `${path}/import`,
          query: { format, target, features: list(features), classes: list(classes), activate },
        },
        ...{ upload: { contentType: 'application/octet-stream', body: file }, signal, unlimited: true },
      })
      return version
    },
    async exportVersion(version, { format, signal } = {}) {
      const response = await transport.open({
        ...{ method: 'GET', path: of(version, '/export'), query: { format }, accept: '*/*', signal },
      })
      return new Uint8Array(await response.arrayBuffer())
    },
    async activate(version, { reason, ...options } = {}) {
      await transport.json(post(of(version, '/activate'), because(reason), options))
    },
    async rollback({ reason, ...options } = {}) {
      const { version, previous } = await transport.json<{ version: string; previous: string | null }>(
        post(`${path}/rollback`, because(reason), options),
      )
      return { version, previous }
    },
    async deleteVersion(version, options) {
      await transport.json(remove(of(version), options))
    },
    activations: (options) => transport.json(get(`${path}/activations`, options)),
    async aliases(options) {
      const { items } = await transport.json<{ items: { alias: string; version: string }[] }>(get(`${path}/aliases`, options))
      return Object.fromEntries(items.map(({ alias, version }) => [alias, version]))
    },
    async setAlias(alias, version, options) {
      await transport.json(put(path + address`/aliases/${alias}`, { version }, options))
    },
    async deleteAlias(alias, options) {
      await transport.json(remove(path + address`/aliases/${alias}`, options))
    },
  }
}

/** Endpoints with an optional body take none rather than an empty one. */
function because(reason: string | undefined): { reason: string } | undefined {
  return reason === undefined ? undefined : { reason }
}

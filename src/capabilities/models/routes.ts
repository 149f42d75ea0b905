// The endpoints of models, bound to the capability.
import { renderModelCard } from '../../algorithms/card/render-model-card.ts'
import { implement, type Principal, type Route, respond, respondAs } from '../../endpoint.ts'
import { listAlgorithms } from './algorithms.ts'
import type { Models } from './models.ts'
import * as newRows from './reports/new-rows/schema.ts'
import * as reports from './reports/schema.ts'
import * as endpoints from './schema.ts'

const MARKDOWN = 'text/markdown'

/** Name under which a caller stands in the history. */
const actorOf = (principal: Principal): string => principal.name

export function modelRoutes(models: Models): Route[] {
  return [
    implement(endpoints.listAlgorithms)(async () => ({ items: listAlgorithms() })),
    implement(endpoints.listModels)(({ query }) => models.list(query)),
    implement(endpoints.getModel)(({ params }) => models.get(params.model)),
    implement(endpoints.putModel)(async ({ params, input }) => {
      const { model, created } = await models.put(params.model, input)
      return created ? respond(201, model, { location: `/v1/models/${params.model}` }) : model
    }),
    implement(endpoints.deleteModel)(async ({ params }) => {
      await models.delete(params.model)
      return { deleted: params.model }
    }),
    implement(endpoints.listVersions)(({ params, query }) => models.listVersions(params.model, query)),
    implement(endpoints.getVersion)(({ params }) => models.getVersion(params.model, params.version)),
    implement(reports.getEvaluation)(({ params }) => models.evaluation(params.model, params.version)),
    implement(reports.getCard)(async ({ params, contentType }) => {
      const card = await models.card(params.model, params.version)
      return contentType === MARKDOWN ? respondAs(MARKDOWN, renderModelCard(card)) : card
    }),
    implement(reports.getProfile)(({ params }) => models.profile(params.model, params.version)),
    implement(newRows.listNewRows)(({ params }) => models.newRows.list(params.model, params.version)),
    implement(newRows.getNewRows)(({ params }) => models.newRows.get(params.model, params.version, params.evaluation)),
    implement(newRows.deleteNewRows)(async ({ params }) => {
      await models.newRows.delete(params.model, params.version, params.evaluation)
      return { deleted: params.evaluation }
    }),
    implement(endpoints.deleteVersion)(async ({ params }) => {
      await models.deleteVersion(params.model, params.version)
      return { deleted: params.version }
    }),
    implement(endpoints.activateVersion)(({ params, input, principal }) =>
      models.activate(params.model, params.version, { actor: actorOf(principal), reason: input?.reason }),
    ),
    implement(endpoints.rollbackModel)(({ params, input, principal }) =>
      models.rollback(params.model, { actor: actorOf(principal), reason: input?.reason }),
    ),
    implement(endpoints.listActivations)(({ params, query }) => models.listActivations(params.model, query)),
    implement(endpoints.putAlias)(({ params, input }) => models.setAlias(params.model, params.alias, input.version)),
    implement(endpoints.listAliases)(({ params }) => models.listAliases(params.model)),
    implement(endpoints.deleteAlias)(async ({ params }) => {
      await models.deleteAlias(params.model, params.alias)
      return { deleted: params.alias }
    }),
  ]
}

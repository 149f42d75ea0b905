// The endpoints of saved queries, bound to the capability.
import { implement, type Route, respond } from '../../../endpoint.ts'
import type { SavedQueries } from './saved-queries.ts'
import * as endpoints from './schema.ts'

export function savedQueryRoutes(saved: SavedQueries): Route[] {
  return [
    implement(endpoints.listSavedQueries)(async ({ params }) => ({ items: await saved.list(params.collection) })),
    implement(endpoints.createSavedQuery)(async ({ params, input, principal }) => {
      const query = await saved.create(params.collection, input, principal.name)
      return respond(201, query, { location: `/v1/collections/${params.collection}/saved-queries/${query.id}/matches` })
    }),
    implement(endpoints.deleteSavedQuery)(async ({ params }) => {
      await saved.delete(params.collection, params.query)
      return { deleted: params.query }
    }),
    implement(endpoints.listSavedQueryMatches)(({ params, query }) => saved.matches(params.collection, params.query, query)),
  ]
}

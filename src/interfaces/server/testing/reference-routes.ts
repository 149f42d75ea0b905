// The endpoints of the capabilities without their handlers: what the API reference has to show.

import * as models from '../../../capabilities/models/schema.ts'
import * as predictions from '../../../capabilities/predictions/schema.ts'
import * as training from '../../../capabilities/training/schema.ts'
import { implement, type Route } from '../../../endpoint.ts'

export function modelRoutesForReference(): Route[] {
  return [models, training, predictions].flatMap((schema) =>
    Object.values(schema)
      .filter(
        (value): value is Route['endpoint'] & typeof value =>
          typeof value === 'object' && value !== null && 'method' in value && 'path' in value,
      )
      .map((endpoint) =>
        implement(endpoint as Route['endpoint'])(() => {
          throw new Error('only shown')
        }),
      ),
  )
}

// One model over HTTP, put together from its parts. The types come from the config; at run time there is only its name.
import type { JobsClient, UntypedModelClient } from '../../tandem.ts'
import { createModelPredictions } from './model-predictions.ts'
import { createModelTraining } from './model-training.ts'
import { createModelVersions } from './model-versions.ts'
import { address, get } from './request.ts'
import type { Transport } from './transport.ts'

export function createModelClient(name: string, transport: Transport, jobs: JobsClient): UntypedModelClient {
  const path = address`/v1/models/${name}`
  const versions = createModelVersions(path, transport)
  return {
    name,
    get: (options) => transport.json(get(path, options)),
    ...createModelPredictions(path, transport),
    ...createModelTraining(path, transport, jobs, versions),
    ...versions,
  }
}

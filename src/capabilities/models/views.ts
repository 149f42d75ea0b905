// Stored models, versions and activations as they are shown.
import type { Row } from '../../platform/storage/tables.ts'
import type { Activation, Model, Version } from './schema.ts'
import type { Serving } from './serving.ts'
import type { ModelStore, StoredModel, StoredVersion } from './store.ts'

/** Outcomes after which a model that declares `retrain` is trained again, unless it says another number. */
export const DEFAULT_EVERY_OUTCOMES = 50

export async function showModel(model: StoredModel, serving: Serving, store: ModelStore): Promise<Model> {
  const { name, definition, origin } = model
  const everyOutcomes = definition.retrain && (definition.retrain.everyOutcomes ?? DEFAULT_EVERY_OUTCOMES)
  const { live, fallback, problem } = serving
  return {
    name,
    definition: definition as Model['definition'],
    origin,
    createdAt: iso(model.createdAt),
    updatedAt: iso(model.updatedAt),
    activeVersion: serving.activeVersion,
    serving: { source: live ? 'model' : fallback ? 'fallback' : 'none', reason: problem },
    retrain:
      everyOutcomes === undefined
        ? null
        : { outcomesSinceTraining: await store.countOutcomes(name, await store.trainedUntil(name)), everyOutcomes },
  }
}

export function showVersion(
  { version, createdAt, algorithm, artifact, artifactBytes, details }: StoredVersion,
  active: string | undefined,
): Version {
  const { dataUntil: _, target: _target, task: _task, ...shown } = details
  return {
    version,
    createdAt: iso(createdAt),
    algorithm,
    ...shown,
    artifact: { sha256: artifact, bytes: artifactBytes },
    active: version === active,
  }
}

export function showActivation({ version, previous, activated_at, actor, action, reason }: Row<'activations'>): Activation {
  return { version, previous, at: iso(activated_at), actor, action: action as Activation['action'], reason }
}

const iso = (time: number): string => new Date(time).toISOString()

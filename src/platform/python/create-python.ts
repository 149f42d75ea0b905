// Puts the Python runtime together with what the server tells of it: log, metrics, events.
import type { PythonDefinition } from '../../definitions.ts'
import type { Events } from '../events/events.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createPythonEnvironment } from './environment.ts'
import { createPythonMetrics } from './metrics.ts'
import { type PythonSettings, resolvePython } from './python-options.ts'
import { createPythonRuntime } from './python-runtime.ts'
import { createRuntimes, type Runtimes } from './runtimes.ts'

export interface PythonParts {
  readonly definition: PythonDefinition | undefined
  readonly settings: PythonSettings
  /** Of this process, as far as a child may have it. */
  readonly environment: Readonly<Record<string, string>>
  /** Embedding models that a worker may open, each with its folder or `package:NAME`; asked at each start. */
  models(): Readonly<Record<string, string>>
  readonly version: string
  readonly clock: () => number
  readonly log: Log
  readonly events: Events
  readonly metrics: Metrics
}

/** Nothing is started: workers are when first needed, unless the configuration says otherwise. */
export function createPython({ definition, settings, environment, models, version, clock, log, events, metrics }: PythonParts): Runtimes {
  const options = resolvePython(definition, settings, environment, models)
  const own = createPythonMetrics(metrics.registry)
  const runtime = createPythonRuntime({
    ...{ options, version, clock, log },
    environment: createPythonEnvironment(definition?.folder ?? settings.pythonDir, definition?.executable ?? settings.pythonExecutable),
    onChange: (change) => events.emit('runtime.changed', { runtime: 'python', ...change }),
    onRestart: own.countRestart,
    onFallback: (model, reason) => metrics.countFallback(model, `python_${reason}`),
  })
  own.read(runtime)
  return createRuntimes(runtime, (change) => {
    log[change.to === 'node' ? 'warn' : 'info'](change, `the model is computed by ${change.to} now`)
    events.emit('runtime.switched', change)
  })
}

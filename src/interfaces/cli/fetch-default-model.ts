// Brings the default embedding model while the server already answers. Until it is here, and when it cannot be had, the static model does.
import type { Tandem } from '../../app.ts'
import type { Terminal } from './terminal.ts'

/** A first start with a slow network stays with the static model; the next one goes on where this one stopped. */
const FETCH_LIMIT_MS = 20_000

/** Says in one line which model embeds; the returned function breaks the fetching off. */
export function fetchDefaultModel(tandem: Tandem, terminal: Terminal): () => void {
  const stopped = new AbortController()
  void bring(tandem, terminal, stopped.signal)
  return () => stopped.abort()
}

async function bring({ settings, embeddings }: Tandem, terminal: Terminal, stopped: AbortSignal): Promise<void> {
  const { models, default: defaults } = await embeddings.status()
  const wanted = models.find(({ name }) => name === defaults[0])
  // Once it is there nothing needs to be said or done; a model of the user's own is the user's to bring.
  if (wanted?.state !== 'absent') return
  const { KNOWN_MODELS } = await import('../../capabilities/embeddings/pull/known-models.ts')
  if (!Object.hasOwn(KNOWN_MODELS, wanted.name)) return
  const { pullModel } = await import('../../capabilities/embeddings/pull/pull-model.ts')
  const say = (text: string): void => {
    if (!terminal.json) terminal.note(terminal.noteStyle('dim', `  ${text}`))
  }
  const next = defaults[1] ?? 'no model'
  try {
    const { modelsDir, hubUrl } = settings
    const { origin } = await pullModel(wanted.name, {
      ...{ modelsDir, hubUrl },
      signal: AbortSignal.any([stopped, AbortSignal.timeout(FETCH_LIMIT_MS)]),
    })
    say(`Texts are embedded by ${wanted.name}, just brought from ${origin}.`)
  } catch (error) {
    if (stopped.aborted) return
    const reason = (error as Error).name === 'TimeoutError' ? `it did not come within ${FETCH_LIMIT_MS / 1000} s` : (error as Error).message
    say(`Texts are embedded by ${next}: ${wanted.name} could not be brought (${reason}). Try: tandem models pull ${wanted.name}`)
  }
}

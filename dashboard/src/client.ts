// The one way to the server: the typed client, of this origin, with the session cookie the browser sends by itself.
// No key is ever held by the page.
import { createClient, type SessionView, TandemError } from '../../src/interfaces/client/index.ts'

/** One further try: whoever looks at the page is told soon, and can ask again. */
export const client = createClient({ timeoutMs: 30_000, retries: 1 })

/** Who the server takes this browser for. */
export type Session = SessionView

const impatient = createClient({ timeoutMs: 3_000, retries: 0 })

/** Whether the server answers at all, asked once and without patience. */
export async function isServerThere(): Promise<boolean> {
  try {
    await impatient.server.live()
    return true
  } catch (error) {
    // An answer that refuses is an answer, but a proxy in front may answer for a server that is gone.
    return TandemError.is(error) && !['network', 'timeout', 'unavailable'].includes(error.code)
  }
}

// Search while somebody types, over one WebSocket. Where there is none, or it broke, the same search goes by a request of its own: who
// types notices nothing. The socket is opened at the first search, and tried again after a pause when it broke.
import type { LiveReply } from '../../capabilities/search/live/schema.ts'
import type { AnyDocument, Hits, LiveHits, LiveSearch, SearchRequest } from '../../collections.ts'
import { errorOfProblem } from './problem.ts'
import type { Transport } from './transport.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'

type Request = string | SearchRequest<AnyDocument>
type SearchOnce = (request: Request, options: { readonly signal: AbortSignal }) => Promise<Hits<AnyDocument>>

interface Question {
  readonly id: number
  readonly request: Request
  readonly answers: Turnstile<LiveHits<AnyDocument>>
  readonly stop: AbortController
  /** While the socket is asked: when it does not answer, a request is sent instead. */
  patience?: ReturnType<typeof setTimeout>
}

const OPEN_WITHIN_MS = 5_000
const ANSWER_WITHIN_MS = 10_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export function createLiveSearchClient(transport: Transport, path: string, once: SearchOnce): LiveSearch<AnyDocument> {
  const link = new LiveLink(transport, path, once)
  return { search: (request) => link.search(request), cancel: () => link.cancel(), close: () => link.close() }
}

class LiveLink {
  readonly #transport: Transport
  readonly #path: string
  readonly #once: SearchOnce
  #socket: WebSocket | undefined
  #isOpen = false
  #question: Question | undefined
  #ids = 0
  #failures = 0
  #notBefore = 0

  constructor(transport: Transport, path: string, once: SearchOnce) {
    this.#transport = transport
    this.#path = path
    this.#once = once
  }

  search(request: Request): AsyncIterable<LiveHits<AnyDocument>> {
    const cancelsOnServer = this.#isOpen
    this.#end()
    const question: Question = { id: ++this.#ids, request, answers: createTurnstile(2), stop: new AbortController() }
    this.#question = question
    if (cancelsOnServer) this.#send(question)
    else if (this.#socket === undefined && this.#canTry()) this.#open()
    else if (this.#socket === undefined) this.#askOnce(question)
    return this.#follow(question)
  }

  cancel(): void {
    if (this.#question !== undefined && this.#isOpen) this.#socket?.send('{"type":"cancel"}')
    this.#end()
  }

  close(): void {
    this.#end()
    this.#drop()
  }

  async *#follow(question: Question): AsyncGenerator<LiveHits<AnyDocument>, void, undefined> {
    try {
      yield* question.answers.events
    } finally {
      // The loop was left before the last answer: nobody waits for it.
      if (this.#question === question) this.cancel()
    }
  }

  /** The question that is open is over; its loop ends, with an error when there is one. */
  #end(error?: unknown): void {
    const question = this.#question
    this.#question = undefined
    clearTimeout(question?.patience)
    question?.stop.abort()
    question?.answers.end(error)
  }

  #canTry(): boolean {
    return this.#transport.sockets !== undefined && performance.now() >= this.#notBefore
  }

  #open(): void {
    const { url, sockets } = this.#transport
    let socket: WebSocket
    try {
      socket = new WebSocket(`${url.replace(/^http/, 'ws')}${this.#path}`)
    } catch {
      this.#broke(undefined)
      return
    }
    this.#socket = socket
    const late = setTimeout(() => this.#broke(socket), OPEN_WITHIN_MS)
    socket.addEventListener('open', () => {
      if (sockets?.key !== undefined) socket.send(JSON.stringify({ type: 'authenticate', key: sockets.key }))
    })
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket) return
      const reply = JSON.parse(String(data)) as LiveReply
      if (reply.type === 'authenticated') {
        clearTimeout(late)
        this.#isOpen = true
        this.#failures = 0
        if (this.#question !== undefined) this.#send(this.#question)
      } else if (this.#isOpen) this.#take(reply)
      // Why it was not let in is what a request says.
      else this.#broke(socket)
    })
    socket.addEventListener('close', () => {
      clearTimeout(late)
      this.#broke(socket)
    })
    socket.addEventListener('error', () => this.#broke(socket))
  }

  #send(question: Question): void {
    const search = typeof question.request === 'string' ? { query: question.request } : question.request
    this.#socket?.send(JSON.stringify({ type: 'search', id: question.id, search }))
    const socket = this.#socket
    question.patience = setTimeout(() => this.#broke(socket), ANSWER_WITHIN_MS)
  }

  #take(reply: Exclude<LiveReply, { type: 'authenticated' }>): void {
    const question = this.#question
    if (question === undefined || (reply.id !== undefined && reply.id !== question.id)) return
    if (reply.type === 'error') {
      this.#end(errorOfProblem(reply, 'The search failed.', reply.details ?? {}))
      return
    }
    question.answers.push({ ...(reply.answer as unknown as Hits<AnyDocument>), stage: reply.stage })
    if (reply.stage === 'final') this.#end()
  }

  /** The socket is gone or was never let in; what is open is asked once more, by a request. */
  #broke(socket: WebSocket | undefined): void {
    if (this.#socket !== socket) return
    this.#drop()
    this.#failures += 1
    this.#notBefore = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1))
    if (this.#question !== undefined) this.#askOnce(this.#question)
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#isOpen = false
    socket?.close()
  }

  #askOnce(question: Question): void {
    clearTimeout(question.patience)
    this.#once(question.request, { signal: question.stop.signal }).then(
      (answer) => {
        if (this.#question !== question) return
        question.answers.push({ ...answer, stage: 'final' })
        this.#end()
      },
      (error: unknown) => {
        if (this.#question === question) this.#end(error)
      },
    )
  }
}

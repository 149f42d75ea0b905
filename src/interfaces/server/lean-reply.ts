// An answer that is sent as a whole: status, headers and text are kept until `send`, and written at once.
import type { HttpReply, RawReply } from './http-exchange.ts'

/** As Node has it; above all a line end. */
const NOT_IN_HEADER = /[^\t\x20-\x7e\x80-\xff]/

export abstract class LeanReply implements HttpReply {
  abstract readonly raw: RawReply
  #status = 200
  /** Lower-case names and values in turn, as `writeHead` takes them. */
  readonly #head: string[] = []
  #serialise: (payload: unknown) => string = JSON.stringify
  #sent = false

  get sent(): boolean {
    return this.#sent
  }

  code(status: number): this {
    this.#status = status
    return this
  }

  header(name: string, value: unknown): this {
    const head = this.#head
    const lower = name.toLowerCase()
    const text = String(value)
    if (NOT_IN_HEADER.test(text)) throw new Error(`The header "${name}" has a character that no header may hold.`)
    for (let i = 0; i < head.length; i += 2) {
      if (head[i] !== lower) continue
      head[i + 1] = text
      return this
    }
    head.push(lower, text)
    return this
  }

  headers(headers: Readonly<Record<string, unknown>>): this {
    for (const name in headers) this.header(name, headers[name])
    return this
  }

  removeHeader(name: string): this {
    const place = this.#head.indexOf(name.toLowerCase())
    if (place >= 0) this.#head.splice(place, 2)
    return this
  }

  serializer(serialise: (payload: unknown) => string): this {
    this.#serialise = serialise
    return this
  }

  send(payload?: unknown): this {
    if (this.#sent) return this
    const text = payload === undefined ? '' : this.#serialise(payload)
    this.#sent = true
    const head = this.#head
    const sizeBytes = Buffer.byteLength(text)
    if (this.#status !== 204) head.push('content-length', String(sizeBytes))
    // What is ASCII alone needs no encoding.
    this.write(this.#status, head, text, sizeBytes === text.length)
    return this
  }

  protected abstract write(status: number, head: string[], text: string, isAscii: boolean): void
}

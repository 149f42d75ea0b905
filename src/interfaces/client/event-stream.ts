// Reads Server-Sent Events from a byte stream (WHATWG HTML, section 9.2.6): lines may be split anywhere over chunks and
// end in LF, CRLF or CR; data may span lines. EventSource itself cannot send a key in a header.
import { TandemError } from '../../errors.ts'

export interface ServerEvent {
  /** `message` unless the server named it. */
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

/** An event larger than this is refused instead of filling the memory. */
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024

/** Events as they come; ends with the stream. An event without its closing empty line is dropped, as the standard says. */
export async function* readEventStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  let event = ''
  let id: string | undefined
  let data: string[] = []
  for await (const line of readLines(chunks)) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n'), id }
      event = ''
      data = []
      continue
    }
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
}

/** Chunks of a web stream; the stream is canceled when the loop over them is left. Safari has no async iteration of its own. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  let endedInReturn = false
  for await (const chunk of chunks) {
    let text = decoder.decode(chunk, { stream: true })
    if (text === '') continue
    if (endedInReturn && text.startsWith('\n')) text = text.slice(1)
    endedInReturn = text === '' ? false : text.endsWith('\r')
    const lines = (rest + text).split(/\r\n|\n|\r/)
    rest = lines.pop() ?? ''
    if (rest.length > MAX_EVENT_CHARACTERS) {
      throw new TandemError('payload_too_large', `An event of the server is longer than ${MAX_EVENT_CHARACTERS} characters.`)
    }
    yield* lines
  }
}

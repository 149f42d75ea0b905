// An editor without a window: speaks the Language Server Protocol with TypeScript's own server.
import { spawn } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface Position {
  readonly line: number
  readonly character: number
}

interface CompletionItem {
  readonly label: string
}

export interface LanguageServer {
  open(file: string, text: string): void
  /** Replaces the whole text, as an editor does after a keystroke. */
  change(file: string, text: string): void
  complete(file: string, at: Position): Promise<readonly string[]>
  hover(file: string, at: Position): Promise<string>
  /** Messages of the errors in a file. */
  errors(file: string): Promise<readonly string[]>
  close(): void
}

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

export async function startLanguageServer(folder: string): Promise<LanguageServer> {
  const child = spawn(process.execPath, [TSC, '--lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const waiting = new Map<number, (result: unknown) => void>()
  let received = Buffer.alloc(0)
  let nextId = 0
  const send = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  }
  const ask = <Result>(method: string, params: unknown): Promise<Result> => {
    const id = ++nextId
    send({ id, method, params })
    return new Promise((resolve) => {
      waiting.set(id, resolve as (result: unknown) => void)
    })
  }
  child.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n')
      const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, Math.max(0, headEnd)).toString())?.[1])
      if (headEnd < 0 || received.length < headEnd + 4 + length) return
      const message = JSON.parse(received.subarray(headEnd + 4, headEnd + 4 + length).toString())
      received = received.subarray(headEnd + 4 + length)
      // It asks too, for example to watch files; nothing is there to be watched.
      if (message.method !== undefined && message.id !== undefined) send({ id: message.id, result: null })
      else if (message.id !== undefined) waiting.get(message.id)?.(message.result ?? message.error)
    }
  })
  const uri = (file: string): string => pathToFileURL(file).href
  const versions = new Map<string, number>()

  await ask('initialize', {
    processId: process.pid,
    rootUri: uri(folder),
    workspaceFolders: [{ uri: uri(folder), name: 'bench' }],
    capabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: false } },
        hover: { contentFormat: ['plaintext'] },
        diagnostic: {},
      },
    },
  })
  send({ method: 'initialized', params: {} })
  return {
    open(file, text) {
      versions.set(file, 1)
      send({ method: 'textDocument/didOpen', params: { textDocument: { uri: uri(file), languageId: 'typescript', version: 1, text } } })
    },
    change(file, text) {
      const version = (versions.get(file) ?? 0) + 1
      versions.set(file, version)
      send({ method: 'textDocument/didChange', params: { textDocument: { uri: uri(file), version }, contentChanges: [{ text }] } })
    },
    async complete(file, position) {
      const answer = await ask<{ items?: CompletionItem[] } | CompletionItem[] | null>('textDocument/completion', {
        textDocument: { uri: uri(file) },
        position,
        context: { triggerKind: 1 },
      })
      return (Array.isArray(answer) ? answer : (answer?.items ?? [])).map(({ label }) => label)
    },
    async hover(file, position) {
      const answer = await ask<{ contents?: { value?: string } | string } | null>('textDocument/hover', {
        textDocument: { uri: uri(file) },
        position,
      })
      return typeof answer?.contents === 'string' ? answer.contents : (answer?.contents?.value ?? '')
    },
    async errors(file) {
      const { items = [] } = await ask<{ items?: { message: string }[] }>('textDocument/diagnostic', { textDocument: { uri: uri(file) } })
      return items.map(({ message }) => message)
    },
    close: () => void child.kill(),
  }
}

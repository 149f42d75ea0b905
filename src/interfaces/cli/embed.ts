// `tandem embed`: texts to vectors, from arguments or a file, one line of JSON each.
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { EmbeddingsClient, EmbedOptions } from '../../embeddings.ts'
import { TandemError } from '../../errors.ts'
import { type Command, readArguments, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem embed TEXT [TEXT ...]     how near the texts are to the first one
tandem embed --file FILE         a vector for each line of a file, as a line of JSON; - reads the standard input
tandem embed                     the models, and who answers by default

  --model NAME       default: the first of the default models that can answer
  --dimensions N     keeps the first N and brings the vectors to length 1 again
  --json             vectors of the given texts, as a line of JSON each

Examples:
  tandem embed "running shoes" "sneakers for a marathon" "garden chairs"
  tandem embed --file titles.txt > vectors.ndjson
`

export const embedCommand: Command = { usage, run: embed }

async function embed(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    model: { type: 'string' },
    dimensions: { type: 'string' },
    file: { type: 'string' },
  })
  if (values.file !== undefined) refuseFurther(positionals, 0)
  if (values.file === undefined && positionals.length === 1 && !terminal.json) {
    throw new UsageError('One text is near to itself. Give two or more, or --json for its vector.')
  }
  const dimensions = readCount('dimensions', values.dimensions, 1, 8192)
  const options: EmbedOptions = {
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(dimensions === undefined ? {} : { dimensions }),
  }
  await using connection = await connect(terminal, { config: values.config })
  const { embeddings } = connection.client
  if (values.file !== undefined) return await printVectors(linesOf(values.file, terminal), embeddings, options, terminal)
  if (positionals.length === 0) return await printModels(embeddings, terminal)
  if (terminal.json) return await printVectors(positionals, embeddings, options, terminal)
  const { vectors, model } = await embeddings.embedBatch(positionals, options)
  const rows = positionals.map((text, at) => ({ text, near: cosine(vectors[0]!, vectors[at]!) }))
  const columns = [
    { title: 'near', value: ({ near }: { near: number }) => near.toFixed(3) },
    { title: 'text', value: ({ text }: { text: string }) => text },
  ]
  for (const line of tableLines(rows.slice(1), columns, terminal.width)) terminal.print(line)
  terminal.note(terminal.noteStyle('dim', `by ${model}`))
  return 0
}

async function printVectors(
  texts: Iterable<string> | AsyncIterable<string>,
  embeddings: EmbeddingsClient,
  options: EmbedOptions,
  terminal: Terminal,
): Promise<number> {
  for await (const { vector, model } of embeddings.embedMany(texts, options)) {
    terminal.print(JSON.stringify({ model, vector: Array.from(vector) }))
  }
  return 0
}

async function* linesOf(file: string, terminal: Terminal): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(resolve(terminal.cwd, file))
  try {
    // An empty line has no vector; leaving it out would shift all that follow.
    let number = 0
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (line.trim() === '')
        throw new TandemError('invalid_input', `Line ${number} of ${file} is empty, so it has no vector. Take it out.`)
      yield line
    }
  } catch (error) {
    if (TandemError.is(error)) throw error
    throw new TandemError('invalid_input', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

async function printModels(embeddings: EmbeddingsClient, terminal: Terminal): Promise<number> {
  const status = await embeddings.status()
  if (terminal.json) {
    terminal.printJson(status)
    return 0
  }
  const columns = [
    { title: 'model', value: ({ name }: { name: string }) => name },
    { title: 'kind', value: ({ kind }: { kind: string }) => kind },
    {
      title: 'state',
      value: ({ state, error }: { state: string; error: string | null }) => (error === null ? state : `${state}: ${error}`),
    },
  ]
  for (const line of tableLines(status.models, columns, terminal.width)) terminal.print(line)
  terminal.print(`By default the first of ${status.default.join(', ')} that can answer.`)
  return 0
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0)
}

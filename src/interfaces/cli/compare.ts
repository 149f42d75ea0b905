// `tandem compare`: two embedding models, or one in two runtimes, on the texts of a file; with --model, two versions of a model, see
// compare-answers.ts.
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { CompareInput, EmbeddingComparison } from '../../capabilities/embeddings/comparison/schema.ts'
import { TandemError } from '../../errors.ts'
import { type Command, readArguments, refuseFurther, UsageError } from './command.ts'
import { compareAnswers, pricesOf } from './compare-answers.ts'
import { connect } from './connect.ts'
import { shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem compare A B --file FILE                two ways to the vectors of the same texts
tandem compare A B --model NAME [--rows FILE]  two ways to the answers of a model

With --file, A and B are models, or a model with where it is computed: all-MiniLM-L6-v2@node, all-MiniLM-L6-v2@python.
Shows how far their vectors and nearest texts agree, the time of one text, texts a second, and memory.
With --model they are versions or aliases of it, or worker:NAME for a model that the Python workers serve.
Shows how far their answers agree, the time of one row, rows a second, memory, and the cost where a price is given.
The exit status is 1 where the same embedding model gives other vectors (a cosine of 0.95 or less).

  --file FILE        a text a line, at most 256; - reads the standard input
  --rows FILE        a JSON object of features a line, at most 1000; else the sample kept with a version
  --matrix           sends a worker's model the features as one matrix, in the order of the definition
  --usd-per-hour A,B what the machines of A and B cost
  --json             the comparison as JSON

Examples:
  tandem compare all-MiniLM-L6-v2 static-en-256 --file titles.txt
  tandem compare all-MiniLM-L6-v2@node all-MiniLM-L6-v2@python --file titles.txt
  tandem compare active challenger --model churn
  tandem compare active worker:tabular.churn --model churn --usd-per-hour 0.05,0.9
`

const MOST_TEXTS = 256

export const compareCommand: Command = { usage, run: compare }

async function compare(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...{ file: { type: 'string' }, model: { type: 'string' }, rows: { type: 'string' } },
    ...{ matrix: { type: 'boolean' }, 'usd-per-hour': { type: 'string' } },
  } as const)
  const [a, b, ...rest] = positionals
  if (values.model !== undefined) {
    if (values.file !== undefined) throw new UsageError('--file holds texts for embedding models; rows of a model stand in --rows FILE.')
    refuseFurther(rest, 0)
    return compareAnswers(
      { a, b, model: values.model, rows: values.rows, matrix: values.matrix, prices: values['usd-per-hour'] },
      values.config,
      terminal,
    )
  }
  for (const name of ['rows', 'matrix'] as const) {
    if (values[name] !== undefined) throw new UsageError(`--${name} is for the versions of a model. Name it: --model NAME.`)
  }
  if (a === undefined || b === undefined)
    throw new UsageError('Name two models, such as all-MiniLM-L6-v2@node and all-MiniLM-L6-v2@python.')
  refuseFurther(rest, 0)
  if (values.file === undefined) throw new UsageError('Name a file of texts, one a line: --file FILE.')
  const [first, second] = pricesOf(values['usd-per-hour'])
  const input = await textsOf(values.file, terminal)
  await using connection = await connect(terminal, { config: values.config })
  const comparison = await connection.client.embeddings.compare({ a: sideOf(a, first), b: sideOf(b, second), input })
  if (terminal.json) terminal.printJson(comparison)
  else print(comparison, terminal)
  const isSameModel = comparison.a.model === comparison.b.model
  return isSameModel && !comparison.parity ? 1 : 0
}

function sideOf(text: string, usdPerHour: number | undefined): CompareInput['a'] {
  const [model = '', runtime] = text.split('@')
  const price = usdPerHour === undefined ? {} : { usdPerHour }
  if (runtime === undefined) return { model, ...price }
  if (runtime === 'node' || runtime === 'python') return { model, runtime, ...price }
  throw new UsageError(`"${text}" names the runtime "${runtime}". There are node and python.`)
}

/** Empty lines are left out: nothing follows from their place. */
async function textsOf(file: string, terminal: Terminal): Promise<string[]> {
  const texts: string[] = []
  const input = file === '-' ? process.stdin : createReadStream(resolve(terminal.cwd, file))
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === '') continue
      if (texts.length === MOST_TEXTS) {
        terminal.note(`${file} holds more than ${MOST_TEXTS} texts; the first ${MOST_TEXTS} are compared.`)
        break
      }
      texts.push(line)
    }
  } catch (error) {
    throw new TandemError('invalid_input', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  if (texts.length === 0) throw new TandemError('invalid_input', `${file} holds no text.`)
  return texts
}

function print({ a, b, texts, cosine, sameNeighbours, neighbours, parity }: EmbeddingComparison, terminal: Terminal): void {
  type Side = EmbeddingComparison['a']
  const columns = [
    { title: 'model', value: ({ model, runtime }: Side) => `${model}@${runtime}` },
    { title: 'dimensions', value: ({ dimensions }: Side) => String(dimensions) },
    { title: 'one text p50', value: ({ single }: Side) => `${single.p50Ms.toFixed(2)} ms` },
    { title: 'p95', value: ({ single }: Side) => `${single.p95Ms.toFixed(2)} ms` },
    { title: 'p99', value: ({ single }: Side) => `${single.p99Ms.toFixed(2)} ms` },
    { title: 'texts/s', value: ({ textsPerSecond }: Side) => Math.round(textsPerSecond).toString() },
    { title: 'memory', value: ({ rssBytes }: Side) => (rssBytes === null ? '-' : `${Math.round(rssBytes / 1e6)} MB`) },
    {
      title: 'USD per million',
      value: ({ usdPerMillionTexts }: Side) => (usdPerMillionTexts === null ? '-' : shortNumber(usdPerMillionTexts, 3)),
    },
  ]
  for (const line of tableLines([a, b], columns, terminal.width)) terminal.print(line)
  terminal.print('')
  if (cosine === null) terminal.print(`Cosines mean nothing between ${a.dimensions} and ${b.dimensions} dimensions.`)
  else
    terminal.print(`Cosine of the same text: ${cosine.mean.toFixed(4)} on average, ${cosine.least.toFixed(4)} at least, of ${texts} texts.`)
  if (sameNeighbours !== null) {
    terminal.print(`Of the ${neighbours} nearest texts of each text ${(sameNeighbours * 100).toFixed(1)} % are the same.`)
  }
  if (cosine !== null) {
    terminal.print(
      parity ? 'Their vectors may stand in one index.' : 'Their vectors must not stand in one index: a cosine is 0.95 or less.',
    )
  }
}

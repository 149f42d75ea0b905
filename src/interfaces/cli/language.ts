// `tandem language`: what texts say, from arguments or the lines of a file.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { TandemError } from '../../errors.ts'
import type { LanguageClient } from '../../language.ts'
import { type Command, readArguments, readChoice, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const TASKS = ['sentiment', 'entities', 'keywords', 'categories', 'summary'] as const

const usage = `
tandem language TASK TEXT [TEXT ...]     sentiment, entities, keywords, categories or summary of texts
tandem language TASK --file FILE         of a whole file; - reads the standard input
tandem language                          what answers each task, and what could

  --labels A,B,C     of categories: two or more
  --limit N          of keywords and categories: how many
  --sentences N      of a summary; default 3
  --query TEXT       what a summary shall be about
  --model NAME       of sentiment: a classifier of your own
  --json             the answer as JSON

Examples:
  tandem language sentiment "The delivery was late, but the shoes are GREAT!"
  tandem language categories "half price until Sunday" --labels discount,event,hiring
  tandem language summary --file report.txt --sentences 5
`

export const languageCommand: Command = { usage, run: language }

interface Row {
  readonly text: string
  readonly found: string
}

async function language(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    file: { type: 'string' },
    labels: { type: 'string' },
    limit: { type: 'string' },
    sentences: { type: 'string' },
    query: { type: 'string' },
    model: { type: 'string' },
  })
  const [word, ...given] = positionals
  const task = readChoice('TASK', word, TASKS)
  if (values.file !== undefined) refuseFurther(given, 0)
  const limit = readCount('limit', values.limit, 1, 50)
  const sentences = readCount('sentences', values.sentences, 1, 50)
  if (task === 'categories' && values.labels === undefined) throw new UsageError('Name the labels to choose from: --labels discount,event')
  if (task !== undefined && values.file === undefined && given.length === 0) throw new UsageError(`Give a text to read, or --file FILE.`)
  const texts = values.file === undefined ? given : [await contentOf(values.file, terminal)]
  await using connection = await connect(terminal, { config: values.config })
  const client = connection.client.language
  if (task === undefined) return await printStatus(client, terminal)
  const { rows, answer } = await read(client, task, texts, {
    ...(limit === undefined ? {} : { limit }),
    ...(sentences === undefined ? {} : { sentences }),
    ...(values.query === undefined ? {} : { query: values.query }),
    ...(values.model === undefined ? {} : { model: values.model }),
    labels: (values.labels ?? '').split(',').map((label) => label.trim()),
  })
  if (terminal.json) {
    terminal.printJson(answer)
    return 0
  }
  for (const { text, found } of rows) {
    if (rows.length > 1) terminal.print(`${text.replace(/\s+/g, ' ').slice(0, 60)}:`)
    terminal.print(found === '' ? 'nothing was found' : found)
  }
  terminal.note(terminal.noteStyle('dim', `by ${answer.model}, ${answer.runtime}`))
  return 0
}

interface ReadOptions {
  readonly limit?: number
  readonly sentences?: number
  readonly query?: string
  readonly model?: string
  readonly labels: readonly string[]
}

async function read(
  client: LanguageClient,
  task: (typeof TASKS)[number],
  texts: readonly string[],
  { limit, sentences, query, model, labels }: ReadOptions,
): Promise<{ readonly rows: readonly Row[]; readonly answer: { readonly model: string; readonly runtime: string } }> {
  const rowsOf = <Result>(results: readonly Result[], show: (result: Result) => string): Row[] =>
    results.map((result, at) => ({ text: texts[at]!, found: show(result) }))
  const most = limit === undefined ? {} : { limit }
  if (task === 'sentiment') {
    const answer = await client.sentimentMany(texts, model === undefined ? {} : { model })
    return { answer, rows: rowsOf(answer.results, ({ label, score }) => `${label}${score === null ? '' : `  ${score.toFixed(3)}`}`) }
  }
  if (task === 'entities') {
    const answer = await client.entitiesMany(texts)
    return { answer, rows: rowsOf(answer.results, ({ entities }) => entities.map(({ type, text }) => `${type}: ${text}`).join('\n')) }
  }
  if (task === 'keywords') {
    const answer = await client.keywordsMany(texts, most)
    return { answer, rows: rowsOf(answer.results, ({ keywords }) => keywords.map(scored).join('\n')) }
  }
  if (task === 'categories') {
    const answer = await client.categoriesMany(texts, { labels: [...labels], ...most })
    return {
      answer,
      rows: rowsOf(answer.results, ({ categories }) => categories.map(({ label, score }) => scored({ text: label, score })).join('\n')),
    }
  }
  const options = { ...(sentences === undefined ? {} : { sentences }), ...(query === undefined ? {} : { query }) }
  const answer = await client.summaryMany(texts, options)
  return { answer, rows: rowsOf(answer.results, ({ summary }) => summary) }
}

function scored({ text, score }: { readonly text: string; readonly score: number }): string {
  return `${shortNumber(score, 3).padEnd(6)} ${text}`
}

async function contentOf(file: string, terminal: Terminal): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(resolve(terminal.cwd, file), 'utf8')
  } catch (cause) {
    throw new TandemError('invalid_input', `${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

async function printStatus(client: LanguageClient, terminal: Terminal): Promise<number> {
  const status = await client.status()
  if (terminal.json) {
    terminal.printJson(status)
    return 0
  }
  type Task = (typeof status.tasks)[number]
  const columns = [
    { title: 'task', value: ({ task }: Task) => task },
    { title: 'last by', value: ({ runtime }: Task) => runtime ?? 'not asked yet' },
    { title: 'prefer', value: ({ model, prefer }: Task) => (model === null ? prefer : `${model}, ${prefer}`) },
    { title: 'node', value: ({ node }: Task) => node },
    { title: 'python', value: ({ python }: Task) => python ?? '' },
    { title: 'texts', value: ({ texts }: Task) => String(texts), align: 'right' as const },
    { title: 'elsewhere', value: ({ fallbacks }: Task) => String(fallbacks), align: 'right' as const },
  ]
  for (const line of tableLines(status.tasks, columns, terminal.width)) terminal.print(line)
  return 0
}

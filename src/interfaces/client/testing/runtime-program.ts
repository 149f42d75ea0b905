// What a program does with the client, in whatever runtime runs this file: RUNTIME runtime-program.ts URL KEY. Prints one line.
import { createClient, TandemError } from '../index.ts'

declare const Deno: { readonly args: readonly string[] } | undefined
const [url, key] = typeof Deno === 'undefined' ? process.argv.slice(2) : Deno.args

const client = createClient({ url, key })
const ways: string[] = []
const types: string[] = []
const listening = client.events.listen(
  { types: ['model.*'], onState: (state) => state.status === 'open' && ways.push(state.by) },
  ({ type }) => types.push(type),
)
while (ways.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
await client.putModel('house', {
  task: 'regression',
  target: 'price',
  parameters: { nEstimators: 3 },
  features: { type: 'object', properties: { rooms: { type: 'number' } }, required: ['rooms'] },
})
const rows = Array.from({ length: 60 }, (_, index) => ({ rooms: index % 6, price: (index % 6) * 10 }))
const ndjson = (async function* () {
  for (const row of rows) yield new TextEncoder().encode(`${JSON.stringify(row)}\n`)
})()
const house = client.model('house')
const { version } = await house.train({ ndjson })
const { value } = await house.predict({ rooms: 3 })
const error: unknown = await client
  .model('absent')
  .get()
  .catch((thrown: unknown) => thrown)
while (!types.includes('model.trained')) await new Promise((resolve) => setTimeout(resolve, 10))
listening.stop()
await listening.done
console.log(
  `events by ${ways[0]}, trained on ${version.rows} rows, 3 rooms cost ${value}, error ${TandemError.is(error) ? error.code : error}`,
)

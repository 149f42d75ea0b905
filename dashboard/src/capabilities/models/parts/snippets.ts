// Code that works as pasted: the same calls with curl and with the typed client, with a row of this model in them.

import { KEY_HEADER, shellQuoted } from '../../../shell-words.ts'

export interface SnippetInput {
  readonly url: string
  readonly model: string
  readonly target: string
  readonly row: Readonly<Record<string, unknown>>
  /** A value of the target. */
  readonly outcome: string | number
  /** False where the server trusts this machine without a key. */
  readonly withKey: boolean
}

export interface Snippets {
  readonly predict: string
  readonly predictMany: string
  readonly outcome: string
  readonly train: string
  readonly retrain: string
  readonly client: string
}

export function snippetsOf(input: SnippetInput): Snippets {
  const { url, model, row, outcome } = input
  const path = `${url}/v1/models/${encodeURIComponent(model)}`
  const json = (body: unknown): string => `-H 'Content-Type: application/json' -d ${shellQuoted(JSON.stringify(body))}`
  const curl = (action: string, ...parts: readonly string[]): string =>
    [`curl -s ${shellQuoted(path + action)}`, ...(input.withKey ? [KEY_HEADER] : []), ...parts].join(' \\\n  ')
  const withId = curl('/outcomes', json({ outcomes: [{ predictionId: 'PREDICTION_ID', value: outcome }] }))
  return {
    predict: curl('/predict', json({ features: row })),
    predictMany: curl('/predict', json({ rows: [row, row] })),
    outcome: [
      `id=$(${curl('/predict', json({ features: row }))} | grep -o '"predictionId":"[^"]*"' | cut -d'"' -f4)`,
      withId.replace('PREDICTION_ID', `'"$id"'`),
    ].join('\n'),
    train: curl('/train?wait=60', "-H 'Content-Type: text/csv'", '--data-binary @rows.csv'),
    retrain: curl('/retrain?wait=60', '-X POST'),
    client: clientSnippet(input),
  }
}

function clientSnippet({ url, model, target, row, outcome, withKey }: SnippetInput): string {
  const features = Object.entries(row).map(([name, value]) => `  ${propertyKey(name)}: ${JSON.stringify(value)},`)
  return `import { createClient } from 'tandem-ml/client'

const tandem = createClient({ url: '${url}'${withKey ? ', key: process.env.TANDEM_KEY' : ''} })
const model = tandem.model(${JSON.stringify(model)})

const prediction = await model.predict({
${features.join('\n')}
})
console.log(prediction.value, prediction.confidence)

// Later, when ${target} is known:
await model.recordOutcomes([{ predictionId: prediction.predictionId, value: ${JSON.stringify(outcome)} }])
`
}

function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

// Prints 100 simulated matches as a body for POST /matching/train.
import { simulate } from './simulate.ts'

const matches = simulate({ rows: 100, seed: 12 })
const body = { features: matches.map(({ features }) => features), outcomes: matches.map(({ success }) => success) }
process.stdout.write(`${JSON.stringify(body)}\n`)

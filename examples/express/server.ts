// An Express application with Tandem in the same process: no second server, no key.
import express, { type ErrorRequestHandler } from 'express'
import { createTandem, STATUS, TandemError } from 'tandem-ml'
import { config } from './tandem.config.ts'

const tandem = await createTandem(config)
const { buys } = tandem.models

const app = express().use(express.json())

app.post('/visitors/score', async (request, response) => {
  // Checked by the model's own schema: a wrong body is answered with 400 and every wrong place.
  const { value, confidence, predictionId, source } = await buys.predict(request.body)
  response.json({ buys: value, confidence, predictionId, source })
})

app.post('/visitors/outcomes', async (request, response) => {
  response.json(await buys.recordOutcomes(request.body.outcomes))
})

app.post('/visitors/train', async (request, response) => {
  const { version } = await buys.train({ rows: request.body.rows })
  response.json({ version: version.version, accuracy: version.metrics.accuracy })
})

const tandemErrors: ErrorRequestHandler = (error, _request, response, next) => {
  if (!TandemError.is(error)) return next(error)
  response.status(STATUS[error.code]).json({ code: error.code, detail: error.message, errors: error.errors })
}
app.use(tandemErrors)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const address = server.address()
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`)
})

process.once('SIGTERM', () => {
  server.close(() => void tandem.close())
  server.closeIdleConnections()
})

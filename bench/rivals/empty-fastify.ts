// The rival of bench/routes.ts: a Fastify route that reads a JSON body and does nothing with it.
import fastify from 'fastify'

const app = fastify({ logger: false })
app.get('/health', () => ({}))
app.post('/empty', () => ({}))
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.once('SIGTERM', () => app.close())

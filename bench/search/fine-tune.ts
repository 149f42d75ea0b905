// Claims: a static table fine-tuned on Banking77's training texts finds the intent of 0.91 of the test texts by its nearest neighbour, a linear
// adapter over MiniLM more than MiniLM itself; sentence-transformers, which trains all of MiniLM, for the same CPU seconds beside it; a
// fine-tuning that is canceled has ended within 200 ms. Settings are the defaults, chosen on a part of the training texts (docs/guide/fine-tuning.md).
// Run: node bench/search/fine-tune.ts [--python PATH]. Needs shared/data and shared/models beside the repository (or TANDEM_BENCH_DATA,
// TANDEM_BENCH_MODELS), and bench/requirements.txt.
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTandem, type Tandem } from '../../src/app.ts'
import type { FineTuneRequest } from '../../src/embeddings.ts'
import { startPythonRival } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'
import { judgeIntents } from './judge-embeddings.ts'
import { dataFolder, hasQualitySets, readIntents } from './quality-sets.ts'

const MINILM = join(process.env.TANDEM_BENCH_MODELS ?? fileURLToPath(new URL('../../../shared/models/', import.meta.url)), 'minilm-l6-v2')
const CANCELS = 5

interface Tuned {
  readonly accuracy: number
  readonly cpuSeconds: number
  readonly wallSeconds: number
}

async function main(): Promise<void> {
  if (!existsSync(MINILM) || !hasQualitySets()) {
    console.error(`MiniLM is not at ${MINILM}, or the judged sets are not at ${dataFolder()}.`)
    process.exitCode = 1
    return
  }
  const tandem = await createTandem(
    { embeddings: { models: { minilm: { kind: 'onnx', folder: MINILM, threads: 1, maxTokens: 256 } }, default: ['static-en-256'] } },
    { settings: { dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent' } },
  )
  const frozen = { table: await accuracyOf(tandem, 'static-en-256'), minilm: await accuracyOf(tandem, 'minilm') }
  // Vectors of the base are remembered; what the adapter takes beside them is what it is charged with, and told of what they took.
  const table = await tune(tandem, { model: 'table', base: 'static-en-256' })
  const linear = await tune(tandem, { model: 'linear', base: 'minilm', method: 'linear' })
  const mlp = await tune(tandem, { model: 'mlp', base: 'minilm', method: 'mlp' })
  const cancelMs = await cancelTimes(tandem)
  await tandem.close()
  const rival = await startPythonRival('../search/fine_tune_rival.py', { packages: ['sentence_transformers'], threads: 1 })
  const budget = Math.max(table.cpuSeconds, linear.cpuSeconds, mlp.cpuSeconds)
  const theirs = await rival.ask<Tuned & { readonly frozen: number; readonly steps: number }>('tune', {
    ...{ cpuSeconds: budget, train: readIntents('train'), test: readIntents('test') },
  })
  rival.stop()
  const claims: Claim[] = [
    { name: 'static table fine-tuned, Banking77 test', unit: 'acc@1', limit: 0.91, bound: 'at least', ours: table.accuracy },
    {
      name: 'linear adapter over MiniLM, beside MiniLM',
      unit: 'acc@1',
      limit: 1.0001,
      bound: 'at least',
      ours: linear.accuracy,
      rival: frozen.minilm,
    },
    {
      name: 'MLP adapter over MiniLM, beside MiniLM',
      unit: 'acc@1',
      limit: 1.0001,
      bound: 'at least',
      ours: mlp.accuracy,
      rival: frozen.minilm,
    },
    {
      ...{ name: 'MLP adapter, beside sentence-transformers in the same CPU time', unit: 'acc@1', limit: 0.98, bound: 'at least' },
      ...{ ours: mlp.accuracy, rival: theirs.accuracy },
    },
    {
      name: 'canceled fine-tuning, until it has ended',
      unit: 'ms',
      limit: 200,
      bound: 'at most',
      ours: median(cancelMs),
      rounds: { ours: cancelMs },
    },
  ]
  report('fine-tune', claims, {
    rivals: rival.versions,
    frozen,
    table,
    linear,
    mlp,
    sentenceTransformers: theirs,
    budget,
    load: loadavg()[0],
  })
}

async function accuracyOf(tandem: Tandem, model: string): Promise<number> {
  return judgeIntents(async (texts) => {
    const vectors: Float32Array[] = []
    for (let from = 0; from < texts.length; from += 500) {
      const part = texts.slice(from, from + 500).map((text) => text.trim() || '.')
      vectors.push(...(await tandem.embeddings.embedBatch(part, { model })).vectors)
    }
    return vectors
  })
}

/** On training texts alone: a tenth chooses the epoch, and a fiftieth is held out for the job's own judgement. */
async function tune(tandem: Tandem, request: FineTuneRequest & { readonly model: string }): Promise<Tuned> {
  const labelled = readIntents('train')
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const version = await tandem.embeddings.fineTune({ ...request, labelled, activate: 'always', validationShare: 0.1, testShare: 0.02 })
  const { user, system } = process.cpuUsage(cpu)
  const wallSeconds = (performance.now() - startedAt) / 1000
  console.info(`${request.model}: epoch ${version.bestEpoch} of ${version.epochs.length - 1} kept, ${version.gate.reason}`)
  return { accuracy: await accuracyOf(tandem, request.model), cpuSeconds: (user + system) / 1e6, wallSeconds }
}

async function cancelTimes(tandem: Tandem): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < CANCELS; round++) {
    const labelled = readIntents('train')
    const job = await tandem.embeddings.startFineTuning({ model: `canceled-${round}`, base: 'static-en-256', labelled })
    for await (const { stage, progress } of tandem.jobs.watch(job.id)) if (stage === 'learning' && progress > 0.42) break
    const startedAt = performance.now()
    await tandem.jobs.cancel(job.id)
    for await (const { finishedAt } of tandem.jobs.watch(job.id)) if (finishedAt !== undefined) break
    times.push(performance.now() - startedAt)
  }
  return times
}

await main()

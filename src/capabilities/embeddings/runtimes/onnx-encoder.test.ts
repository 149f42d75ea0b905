import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { onnxEmbedder } from '../../../definitions.ts'
import { embeddingsWith } from '../testing/embedding-bench.ts'
import { openOnnxEncoder } from './onnx-encoder.ts'

// Reference: onnxruntime 1.32.0 (Python) and numpy on a small graph, made by fixtures/make-tiny-encoder.py, seed 0. Tolerance 1e-5: sums of
// 32-bit floats in another order.
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const { longest, texts, expected } = JSON.parse(readFileSync(join(fixtures, 'tiny-encoder.json'), 'utf8')) as {
  longest: number
  texts: string[]
  expected: Record<string, number[][]>
}
const folder = mkdtempSync(join(tmpdir(), 'tandem-onnx-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A folder as sentence-transformers lays it out. */
function modelFolder(name: string, pooling: object | undefined, normalize = true, graph = 'onnx/model.onnx'): string {
  const path = join(folder, name)
  for (const part of ['onnx', '1_Pooling']) mkdirSync(join(path, part), { recursive: true })
  writeFileSync(join(path, graph), readFileSync(join(fixtures, 'tiny-encoder.onnx')))
  writeFileSync(join(path, 'tokenizer.json'), gunzipSync(readFileSync(join(fixtures, 'byte-level-bpe.json.gz'))))
  const modules = ['Transformer', 'Pooling', ...(normalize ? ['Normalize'] : [])].map((type) => ({
    type: `sentence_transformers.models.${type}`,
  }))
  writeFileSync(join(path, 'modules.json'), JSON.stringify(modules))
  if (pooling !== undefined) writeFileSync(join(path, '1_Pooling', 'config.json'), JSON.stringify(pooling))
  writeFileSync(join(path, 'sentence_bert_config.json'), JSON.stringify({ max_seq_length: longest }))
  return path
}

function expectRows(vectors: Float32Array, wanted: readonly number[][]): void {
  expect(vectors.length).toBe(wanted.length * wanted[0]!.length)
  for (const [at, value] of wanted.flat().entries()) expect(vectors[at]).toBeCloseTo(value, 5)
}

describe('openOnnxEncoder', () => {
  test.each([
    ['mean', { pooling_mode_mean_tokens: true }, true],
    ['mean', undefined, true],
    ['cls', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, true],
    ['max', { pooling_mode_max_tokens: true }, true],
    ['mean without normalising', { pooling_mode_mean_tokens: true }, false],
  ])('pools by %s as the configuration %j says, normalising %s', async (name, pooling, normalize) => {
    const encoder = await openOnnxEncoder({ folder: modelFolder(`${name}-${pooling === undefined}`, pooling, normalize), threads: 1 })
    expect(encoder.dimensions).toBe(6)
    const { vectors, tokens } = await encoder.encode(texts)
    expectRows(vectors, expected[name]!)
    expect(tokens[3]).toBe(longest)
    await encoder.close()
  })

  test('gives the same vector alone and among longer and shorter texts of many batches', async () => {
    const encoder = await openOnnxEncoder({ folder: modelFolder('batches', undefined), threads: 1 })
    const many = Array.from({ length: 600 }, (_, at) => `${texts[at % 3]} ${'more '.repeat(at % 7)}`)
    const { vectors } = await encoder.encode(many)
    for (const at of [0, 1, 2, 17, 298, 599]) {
      const alone = await encoder.encode([many[at]!])
      for (let column = 0; column < 6; column++) expect(vectors[at * 6 + column]).toBeCloseTo(alone.vectors[column]!, 6)
    }
    await encoder.close()
  })

  test('reads fewer tokens when asked to, and never more than the model does', async () => {
    const path = modelFolder('limits', undefined)
    for (const [maxTokens, read] of [
      [5, 5],
      [1_000, longest],
    ] as const) {
      const encoder = await openOnnxEncoder({ folder: path, threads: 1, maxTokens })
      expect((await encoder.encode([texts[3]!])).tokens[0]).toBe(read)
      await encoder.close()
    }
  })

  test('finds a graph of another name when it is the only one, and takes the one that is named', async () => {
    const path = modelFolder('named', undefined, true, 'onnx/encoder_o3.onnx')
    await (await openOnnxEncoder({ folder: path, threads: 1 })).close()
    writeFileSync(join(path, 'second.onnx'), 'half a graph')
    await expect(openOnnxEncoder({ folder: path, threads: 1 })).rejects.toMatchObject({ code: 'invalid_config' })
    await (await openOnnxEncoder({ folder: path, threads: 1, file: 'onnx/encoder_o3.onnx' })).close()
    await expect(openOnnxEncoder({ folder: path, threads: 1, file: 'second.onnx' })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('truncated'),
    })
  })

  test('refuses a pooling that it does not know, by its name', async () => {
    const path = modelFolder('odd', { pooling_mode_lasttoken: true })
    await expect(openOnnxEncoder({ folder: path, threads: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('pooling_mode_lasttoken'),
    })
  })

  test('serves on a thread of its own, with a fingerprint of the files', async () => {
    const definition = { models: { tiny: onnxEmbedder({ folder: modelFolder('served', undefined), threads: 1 }) }, default: ['tiny'] }
    await using bench = embeddingsWith(definition)
    const { vectors, fingerprint, tokens } = await bench.embeddings.embedBatch(texts)
    expectRows(Float32Array.from(vectors.flatMap((vector) => [...vector])), expected.mean!)
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(tokens).toBeGreaterThan(longest)
  })
})

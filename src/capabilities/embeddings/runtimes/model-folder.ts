// What the folder of a sentence-transformers model says about itself: which ONNX file, how to pool, whether to normalise, how long a text may be.
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TandemError } from '../../../errors.ts'

export type Pooling = 'mean' | 'cls' | 'max'

export interface ModelFolder {
  readonly onnxFile: string
  readonly tokenizerFile: string
  readonly pooling: Pooling
  readonly normalize: boolean
  /** Tokens of a text with its special tokens; further ones are not read. */
  readonly maxTokens: number
}

/** Where exporters put the graph; the smaller of two comes first. */
const ONNX_FILES = [
  ...['model_qint8_avx512_vnni.onnx', 'model_int8.onnx', 'model_quantized.onnx', 'model.onnx'].flatMap((name) => [
    name,
    join('onnx', name),
  ]),
]
/** As sentence-transformers' own default where the model does not say. */
const DEFAULT_MAX_TOKENS = 512

/**
 * Reads the configuration of a model.
 *
 * @param file  the ONNX file inside the folder; default: the first of the usual names.
 * @throws `invalid_config` when there is no such folder, ONNX file or tokenizer.json, or a pooling that is not known.
 */
export async function readModelFolder(folder: string, file?: string): Promise<ModelFolder> {
  const onnxFile = (file === undefined ? [...ONNX_FILES, ...onlyGraph(folder)] : [file])
    .map((name) => join(folder, name))
    .find((path) => existsSync(path))
  const tokenizerFile = join(folder, 'tokenizer.json')
  if (onnxFile === undefined) {
    const looked = file ?? 'model.onnx or onnx/model.onnx'
    throw new TandemError('invalid_config', `The model folder ${folder} holds no ${looked}. Bring the model: tandem models pull NAME.`)
  }
  if (!existsSync(tokenizerFile)) {
    throw new TandemError('invalid_config', `The model folder ${folder} holds no tokenizer.json, without which no text can be read.`)
  }
  const [modules, pooling, sentence, model] = await Promise.all([
    readJson<readonly { readonly type?: string }[]>(join(folder, 'modules.json')),
    readJson<Readonly<Record<string, unknown>>>(join(folder, '1_Pooling', 'config.json')),
    readJson<{ readonly max_seq_length?: number }>(join(folder, 'sentence_bert_config.json')),
    readJson<{ readonly max_position_embeddings?: number; readonly model_type?: string }>(join(folder, 'config.json')),
  ])
  return {
    onnxFile,
    tokenizerFile,
    pooling: poolingOf(pooling, folder),
    // A folder without modules is a bare graph: cosine similarity is what its vectors are for.
    normalize: modules === undefined || modules.some(({ type }) => type?.endsWith('Normalize') === true),
    maxTokens: maxTokensOf(sentence?.max_seq_length, model),
  }
}

/** A graph of another name, when there is no other. */
function onlyGraph(folder: string): string[] {
  const graphs = ['.', 'onnx'].flatMap((part) =>
    existsSync(join(folder, part))
      ? readdirSync(join(folder, part))
          .filter((name) => name.endsWith('.onnx'))
          .map((name) => join(part, name))
      : [],
  )
  return graphs.length === 1 ? graphs : []
}

function poolingOf(config: Readonly<Record<string, unknown>> | undefined, folder: string): Pooling {
  if (config === undefined || config.pooling_mode_mean_tokens === true) return 'mean'
  if (config.pooling_mode_cls_token === true) return 'cls'
  if (config.pooling_mode_max_tokens === true) return 'max'
  const named = Object.keys(config).filter((key) => config[key] === true)
  throw new TandemError(
    'invalid_config',
    `The model in ${folder} pools by ${named.join(' and ') || 'nothing'}; mean, CLS and max tokens are what is supported.`,
  )
}

/** RoBERTa and its kin count positions from 2 on. */
function maxTokensOf(
  sentence: number | undefined,
  model: { readonly max_position_embeddings?: number; readonly model_type?: string } | undefined,
): number {
  const offset = ['roberta', 'xlm-roberta', 'mpnet', 'camembert'].includes(model?.model_type ?? '') ? 2 : 0
  const positions = (model?.max_position_embeddings ?? DEFAULT_MAX_TOKENS) - offset
  return Math.max(3, Math.min(sentence ?? DEFAULT_MAX_TOKENS, positions))
}

async function readJson<Content>(path: string): Promise<Content | undefined> {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Content
  } catch (error) {
    throw new TandemError('invalid_config', `${path} is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

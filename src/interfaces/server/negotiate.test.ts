import { expect, test } from 'vitest'
import { negotiate } from './negotiate.ts'

const TYPES = ['application/json', 'text/markdown']

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['text/markdown', 'text/markdown'],
  ['text/markdown, */*;q=0.1', 'text/markdown'],
  ['application/json, text/markdown;q=0.9', 'application/json'],
  ['text/*', 'text/markdown'],
  ['application/json;q=0.2, Text/Markdown;q=0.3', 'text/markdown'],
  ['text/markdown;q=0, */*', 'application/json'],
  ['image/png', 'application/json'],
  ['q=,;;text/markdown;q=x', 'application/json'],
])('of "%s" is chosen %s', (accept, expected) => {
  expect(negotiate(accept, TYPES)).toBe(expected)
})

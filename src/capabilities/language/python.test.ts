// Language with a Python worker in the chain. The worker is a real process: platform/python/testing/misbehaving_worker.py, which gives each
// text the value its script has for the task. With spaCy installed, the worker of the package too.
import { describe, expect, test } from 'vitest'
import { NO_PYTHON, PYTHON, type RuntimeBench, runtimeWith } from '../../platform/python/testing/runtime-bench.ts'
import type { LanguageParts } from './language.ts'
import { sideOf, unitsOf } from './runtimes/python-language.ts'
import { languageWith } from './testing/language-bench.ts'

const SCRIPT = {
  sentiment: { label: 'NEGATIVE', scores: { NEGATIVE: 0.75, POSITIVE: 0.25 } },
  entities: [{ text: 'Anna', label: 'PERSON', start: 2, end: 6 }],
  'zero-shot': { sport: 0.9, politics: 0.1, shopping: 0.5, sports: 0.5 },
  summary: 'Written by a model.',
}
const TEXT = '😀 Anna paid $5 to b@example.org.'

async function untilRuntime(
  language: { sentiment: ReturnType<typeof languageWith>['language']['sentiment'] },
  runtime: string,
): Promise<void> {
  const endsAt = performance.now() + 60_000
  while ((await language.sentiment(['good'])).runtime !== runtime) {
    if (performance.now() > endsAt) throw new Error(`${runtime} did not take over`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function settled(bench: RuntimeBench, ask: () => Promise<{ readonly runtime: string }>): Promise<void> {
  await bench.ready()
  const endsAt = performance.now() + 60_000
  while ((await ask()).runtime !== 'python') {
    if (performance.now() > endsAt) throw new Error('the worker did not take over')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe.skipIf(PYTHON === undefined)(`language in Node and in a Python worker (${NO_PYTHON})`, () => {
  test('is answered by Node while a worker starts, by the worker then, by Node when it is killed, and by the worker again: no call fails', async () => {
    await using bench = runtimeWith({ language: SCRIPT })
    await using made = languageWith(bench.runtime)
    const { language, switches } = made
    expect((await language.sentiment(['good'])).results[0]).toMatchObject({ label: 'positive' })
    await untilRuntime(language, 'python')
    expect(await language.sentiment(['good'])).toMatchObject({
      runtime: 'python',
      model: 'scripted',
      results: [{ label: 'negative', score: -0.5 }],
    })
    process.kill(bench.pid(), 'SIGKILL')
    const answers = await Promise.all(Array.from({ length: 30 }, () => language.sentiment(['good'])))
    expect(answers.every(({ results }) => results.length === 1)).toBe(true)
    await untilRuntime(language, 'python')
    expect(switches.map(({ model, from, to }) => `${model} ${from} ${to}`)).toEqual([
      'language.sentiment node python',
      'language.sentiment python node',
      'language.sentiment node python',
    ])
    const { fallbacks, python } = language.status().tasks[0]!
    expect(fallbacks).toBeGreaterThan(0)
    expect(python).toBe('language.sentiment')
  })

  test('a worker that dies over a text has it answered by Node', async () => {
    await using bench = runtimeWith({ language: SCRIPT })
    await using made = languageWith(bench.runtime)
    await settled(bench, () => made.language.sentiment(['good']))
    expect(await made.language.sentiment(['fault:die'])).toMatchObject({ runtime: 'node' })
  })

  test('entities of a worker stand at places in UTF-16 units, with what has a form beside them', async () => {
    await using bench = runtimeWith({ language: SCRIPT })
    await using made = languageWith(bench.runtime)
    await settled(bench, () => made.language.entities([TEXT]))
    const { results } = await made.language.entities([TEXT])
    expect(results[0]!.entities.map(({ type, text, start }) => [type, text, start])).toEqual([
      ['person', 'Anna', 3],
      ['money', '$5', 13],
      ['email', 'b@example.org', 19],
    ])
    // What only the tagger of this server can do.
    expect(await made.language.entities([TEXT], { recall: 1 })).toMatchObject({ runtime: 'node' })
  })

  test('categories and summaries of a worker take the form of ours; what it cannot do is done here', async () => {
    await using bench = runtimeWith({ language: SCRIPT })
    await using made = languageWith(bench.runtime)
    const labels = ['sport', 'politics']
    await settled(bench, () => made.language.categories([TEXT], { labels }))
    const { results } = await made.language.categories([TEXT], { labels, limit: 1 })
    expect(results[0]!.categories).toEqual([{ label: 'sport', score: 0.9, similarity: null }])
    await settled(bench, () => made.language.summary([TEXT]))
    expect((await made.language.summary([TEXT])).results[0]).toMatchObject({
      kind: 'written',
      summary: 'Written by a model.',
      sentences: [],
    })
    expect(await made.language.summary([TEXT], { query: 'money' })).toMatchObject({ runtime: 'node' })
    expect(await made.language.summary([TEXT], { kind: 'extracted' })).toMatchObject({ runtime: 'node' })
    const manyLabels = Array.from({ length: 60 }, (_, at) => `label ${at}`)
    expect(await made.language.categories([TEXT], { labels: manyLabels })).toMatchObject({ runtime: 'node' })
  })

  test.each([
    ['labels that say nothing', { sentiment: { label: 'x', scores: { x: 0.5, y: 0.5 } } }],
    ['scores above 1', { sentiment: { label: 'POSITIVE', scores: { POSITIVE: 3 } } }],
    ['no object', { sentiment: 7 }],
    ['no model for the task', {}],
  ])('an answer with %s is not believed, and Node answers', async (_, script) => {
    await using bench = runtimeWith({ language: script })
    await using made = languageWith(bench.runtime)
    await bench.ready()
    let answers = 0
    while (answers < 20 || bench.runtime.view().fallbacks.length === 0) {
      expect(await made.language.sentiment(['good'])).toMatchObject({ runtime: 'node', results: [{ label: 'positive' }] })
      answers++
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })

  test('an entity where it does not stand is not believed', async () => {
    await using bench = runtimeWith({ language: { entities: [{ text: 'Bert', label: 'PERSON', start: 0, end: 4 }] } })
    await using made = languageWith(bench.runtime)
    await bench.ready()
    const isFoundOut = () => bench.runtime.view().fallbacks.some(({ reason }) => reason === 'bad_answer')
    for (let call = 0; call < 20 || !isFoundOut(); call++) {
      expect(await made.language.entities(['Anna lives in London.'])).toMatchObject({ runtime: 'node' })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })

  test.each<[LanguageParts['definition'], string, string]>([
    [{ prefer: 'node' }, 'node', 'node'],
    [{ prefer: 'best' }, 'python', 'node'],
    [{ prefer: { summary: 'python', sentiment: 'node' } }, 'node', 'python'],
  ])('with %j sentiment is of %s and a summary of %s', async (definition, sentiment, summary) => {
    await using bench = runtimeWith({ language: SCRIPT })
    await using made = languageWith(bench.runtime, { definition })
    await bench.ready()
    const ask = async () => [(await made.language.sentiment(['good'])).runtime, (await made.language.summary(['One is. Two is.'])).runtime]
    const endsAt = performance.now() + 60_000
    let seen = await ask()
    while (seen.join() !== [sentiment, summary].join() && performance.now() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      seen = await ask()
    }
    expect(seen).toEqual([sentiment, summary])
  })

  test('a configured model that cannot answer is passed over, and that is said once', async () => {
    await using bench = runtimeWith({}, { isEnabled: false, disabledBecause: 'no Python here' })
    await using made = languageWith(bench.runtime, { definition: { sentiment: { model: 'reviews' } } })
    for (let call = 0; call < 3; call++) expect(await made.language.sentiment(['good'])).toMatchObject({ runtime: 'node' })
    expect(made.logged).toEqual([expect.stringContaining('own model')])
    expect(made.language.status().tasks[0]).toMatchObject({ model: 'reviews', fallbacks: 3, python: null })
  })
})

describe('what a worker says', () => {
  test.each([
    ['POSITIVE', 2, 'positive'],
    ['neg', 3, 'negative'],
    ['LABEL_1', 2, 'positive'],
    ['LABEL_1', 3, 'neutral'],
    ['5 stars', 5, 'positive'],
    ['1 star', 5, 'negative'],
    ['LABEL_1', 7, undefined],
    ['joy', 6, undefined],
  ])('the label %s of %i is %s', (label, labels, side) => {
    expect(sideOf(label, labels)).toBe(side)
  })

  test('places in characters become places in UTF-16 units, in any order', () => {
    const text = 'a😀b😀c'
    expect(unitsOf(text, [0, 1, 2, 3, 4, 5])).toEqual([0, 1, 3, 4, 6, 7])
    expect(unitsOf(text, [4, 0, 2])).toEqual([6, 0, 3])
    expect(unitsOf('abc', [2, 1])).toEqual([2, 1])
    expect(unitsOf(text, [99])).toEqual([7])
  })
})

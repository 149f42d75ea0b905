// Two models on real tables, so that a fresh server has something true to answer: the species of a penguin and the rating of a film.
// The tables come with the npm package vega-datasets (penguins: Gorman, Palmer Station LTER, CC0) and are read when the server is first started.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type App, type AppHost, classifier, regressor } from 'tandem-ml'
import { z } from 'zod'

const measure = z.number().min(0).nullable()

/** 344 penguins, 11 of them with something missing. */
export const penguinsModel = classifier({
  features: z.strictObject({
    island: z.enum(['Biscoe', 'Dream', 'Torgersen']),
    beakLengthMm: measure,
    beakDepthMm: measure,
    flipperLengthMm: measure,
    bodyMassG: measure,
    sex: z.enum(['female', 'male']).nullable(),
  }),
  target: 'species',
  classes: ['Adelie', 'Chinstrap', 'Gentoo'],
  description: 'Species of a penguin of the Palmer Archipelago, from its measures.',
})

/** 2,988 films that IMDB rates. */
export const moviesModel = regressor({
  features: z.strictObject({
    majorGenre: z.string().nullable(),
    creativeType: z.string().nullable(),
    mpaaRating: z.string().nullable(),
    runningTimeMin: measure,
    productionBudgetUsd: measure,
    rottenTomatoesRating: z.number().min(0).max(100).nullable(),
    imdbVotes: measure,
  }),
  target: 'imdbRating',
  algorithm: 'boosted-trees',
  parameters: { nEstimators: 100, learningRate: 0.05, maxLeaves: 15 },
  description: 'IMDB rating of a film, 1 to 10.',
})

type Value = string | number | null
type Table = readonly Readonly<Record<string, Value>>[]

/** Trains both models at the first start; says so and does nothing when vega-datasets is not installed. */
export function samples(): App {
  return {
    name: 'samples',
    routes: () => [],
    async seed(host) {
      await seedModel(host, 'penguins', penguinRows)
      await seedModel(host, 'movies', movieRows)
    },
  }
}

/** The penguins as rows of `penguinsModel`. */
export function penguinRows(table: Table): Record<string, Value>[] {
  return table.map((penguin) => ({
    island: penguin.Island ?? null,
    beakLengthMm: penguin['Beak Length (mm)'] ?? null,
    beakDepthMm: penguin['Beak Depth (mm)'] ?? null,
    flipperLengthMm: penguin['Flipper Length (mm)'] ?? null,
    bodyMassG: penguin['Body Mass (g)'] ?? null,
    // One is neither: "."
    sex: penguin.Sex === 'MALE' ? 'male' : penguin.Sex === 'FEMALE' ? 'female' : null,
    species: penguin.Species ?? null,
  }))
}

/** The rated films as rows of `moviesModel`. */
export function movieRows(table: Table): Record<string, Value>[] {
  return table
    .filter((movie) => typeof movie['IMDB Rating'] === 'number')
    .map((movie) => ({
      majorGenre: movie['Major Genre'] ?? null,
      creativeType: movie['Creative Type'] ?? null,
      mpaaRating: movie['MPAA Rating'] ?? null,
      runningTimeMin: movie['Running Time min'] ?? null,
      productionBudgetUsd: movie['Production Budget'] ?? null,
      rottenTomatoesRating: movie['Rotten Tomatoes Rating'] ?? null,
      imdbVotes: movie['IMDB Votes'] ?? null,
      imdbRating: movie['IMDB Rating'] ?? null,
    }))
}

/** A table of vega-datasets; undefined when the package is not installed. */
export async function readSampleTable(name: string): Promise<Table | undefined> {
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve('vega-datasets')
  } catch {
    return undefined
  }
  // The package exports its code alone; the tables lie beside it.
  return JSON.parse(await readFile(new URL(`../data/${name}.json`, pathToFileURL(entry)), 'utf8'))
}

async function seedModel(host: AppHost, name: string, rowsOf: (table: Table) => Record<string, Value>[]): Promise<void> {
  const model = host.model(name)
  if ((await model.versions({ limit: 1 })).items.length > 0) return
  const table = await readSampleTable(name)
  if (table === undefined) {
    host.log.warn(
      { model: name },
      'vega-datasets is not installed, so this sample model stays untrained; npm install vega-datasets brings it',
    )
    return
  }
  const { version } = await model.train({ rows: rowsOf(table) }, { activate: 'always' })
  host.log.info({ model: name, version: version.version, rows: version.rows }, 'trained the first version on a real table')
}

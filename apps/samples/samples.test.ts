import { createTandem, defineTandem } from 'tandem-ml'
import { describe, expect, test } from 'vitest'
import { movieRows, moviesModel, penguinRows, penguinsModel, readSampleTable } from './samples.ts'

const penguins = await readSampleTable('penguins')
const movies = await readSampleTable('movies')

describe('sample models', () => {
  test('know penguins and films they have not seen', async (context) => {
    if (penguins === undefined || movies === undefined) return context.skip('vega-datasets is not installed')
    const tandem = await createTandem(
      defineTandem({
        models: { penguins: penguinsModel, movies: moviesModel },
        settings: { dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent' },
      }),
    )
    try {
      const species = await tandem.model('penguins').train({ rows: penguinRows(penguins) })
      expect(species.version.rows).toBe(344)
      // Measured by the version itself on rows it was not trained on.
      expect(species.version.metrics.accuracy).toBeGreaterThan(0.95)
      const films = await tandem.model('movies').train({ rows: movieRows(movies) })
      expect(films.version.rows).toBe(2988)
      // Guessing the mean has R2 0.
      expect(films.version.metrics.r2).toBeGreaterThan(0.5)
      const answer = await tandem.models.penguins.predict({
        island: 'Biscoe',
        beakLengthMm: 46.1,
        beakDepthMm: 13.2,
        flipperLengthMm: 211,
        bodyMassG: 4500,
        sex: null,
      })
      expect(answer.value).toBe('Gentoo')
    } finally {
      await tandem.close()
    }
  })
})

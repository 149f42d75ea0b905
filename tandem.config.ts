// What `npm start` in this repository serves: the matching application and two models on real tables.
import { defineTandem } from 'tandem-ml'
import { matching, matchModel } from './apps/matching/index.ts'
import { moviesModel, penguinsModel, samples } from './apps/samples/index.ts'

export const config = defineTandem({
  models: { match: matchModel, penguins: penguinsModel, movies: moviesModel },
  apps: [matching(), samples()],
})

export default config

// What `npm start` in this repository serves: the matching and the campaigns applications, and two models on real tables.
import { defineTandem } from 'tandem-ml'
import { campaignCollections, campaigns } from './apps/campaigns/index.ts'
import { matching, matchModel } from './apps/matching/index.ts'
import { moviesModel, penguinsModel, samples } from './apps/samples/index.ts'

export const config = defineTandem({
  models: { match: matchModel, penguins: penguinsModel, movies: moviesModel },
  collections: campaignCollections({ mysqlUrl: process.env.CAMPAIGNS_MYSQL_URL || undefined }),
  apps: [matching(), samples(), campaigns()],
})

export default config

// The models of this application. Until the first training the fallback answers, and says so.
import { classifier, defineTandem, weightedScore } from 'tandem-ml'
import { z } from 'zod'

const Visitor = z.strictObject({
  visits: z.number().min(0).max(1),
  returning: z.boolean(),
  plan: z.enum(['free', 'pro']),
})

export const config = defineTandem({
  models: {
    buys: classifier({
      features: Visitor,
      target: 'buys',
      classes: ['no', 'yes'],
      parameters: { nEstimators: 30 },
      fallback: weightedScore({ visits: 3, returning: 1 }),
      retrain: { everyOutcomes: 50 },
    }),
  },
})
export default config

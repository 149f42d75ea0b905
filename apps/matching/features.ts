// The 19 features of a match between a creator and a brand, each a score in 0..1, and the model that learns from them.
import { classifier, weightedScore } from 'tandem-ml'
import { z } from 'zod'

/** The features by group, in the order in which every answer lists them. */
export const FEATURE_GROUPS = {
  basic: [
    'nicheAlignment',
    'audienceMatch',
    'engagementRate',
    'brandFit',
    'locationMatch',
    'budgetAlignment',
    'contentQuality',
    'responseRate',
  ],
  temporal: ['accountAge', 'activityScore', 'lastActiveScore'],
  behavioural: ['connectionAcceptance', 'profileCompletion', 'portfolioQuality'],
  network: ['networkStrength', 'mutualConnections', 'connectionDiversity'],
  content: ['postingConsistency', 'contentEngagement'],
} as const

export type FeatureName = (typeof FEATURE_GROUPS)[keyof typeof FEATURE_GROUPS][number]

export const FEATURE_NAMES: readonly FeatureName[] = Object.values(FEATURE_GROUPS).flat()

const share = z.number().min(0).max(1)

export const MatchFeatures = z.strictObject({
  nicheAlignment: share,
  audienceMatch: share,
  engagementRate: share,
  brandFit: share,
  locationMatch: share,
  budgetAlignment: share,
  contentQuality: share,
  responseRate: share,
  accountAge: share,
  activityScore: share,
  lastActiveScore: share,
  connectionAcceptance: share,
  profileCompletion: share,
  portfolioQuality: share,
  networkStrength: share,
  mutualConnections: share,
  connectionDiversity: share,
  postingConsistency: share,
  contentEngagement: share,
})

export type MatchRow = z.infer<typeof MatchFeatures>

/**
 * Weights of the model that answers before anything is trained. They sum to 1 and say what an editor would guess:
 * fit 0.55 (niche 0.15, audience 0.12, brand 0.10, budget 0.10, location 0.08), reach and content 0.22, conduct 0.13, network and history 0.10.
 */
export const FALLBACK_WEIGHTS: Readonly<Record<FeatureName, number>> = {
  nicheAlignment: 0.15,
  audienceMatch: 0.12,
  engagementRate: 0.08,
  brandFit: 0.1,
  locationMatch: 0.08,
  budgetAlignment: 0.1,
  contentQuality: 0.06,
  responseRate: 0.05,
  accountAge: 0.02,
  activityScore: 0.02,
  lastActiveScore: 0.02,
  connectionAcceptance: 0.03,
  profileCompletion: 0.02,
  portfolioQuality: 0.03,
  networkStrength: 0.02,
  mutualConnections: 0.01,
  connectionDiversity: 0.01,
  postingConsistency: 0.02,
  contentEngagement: 0.06,
}

/** Whether a collaboration succeeds: a forest of 100 trees, retrained every 50 outcomes; until it is trained, the weighted score. */
export const matchModel = classifier({
  features: MatchFeatures,
  target: 'success',
  classes: ['no', 'yes'],
  algorithm: 'random-forest',
  parameters: { nEstimators: 100, maxDepth: 10, minSamplesSplit: 5 },
  seed: 7,
  description: 'Success of a collaboration between a creator and a brand, from 19 scores in 0..1.',
  fallback: weightedScore(FALLBACK_WEIGHTS),
  retrain: { everyOutcomes: 50 },
})

// A simulator of collaborations with a known truth, so that a model's quality can be held against the best possible one.
// Everything it makes is invented and is shown as simulated wherever it is shown.
//
// A row's log-odds are the sum of the parts in `signal`; sharpened, they give the true chance, and then LABEL_NOISE of all
// labels are drawn the other way round. A forest can learn the products, the threshold and the hump; a weighted score cannot.
import { createRng, type Rng } from 'tandem-ml/learn'
import { FEATURE_NAMES, type MatchRow } from './features.ts'

/** Share of labels that say the opposite of what happened. */
export const LABEL_NOISE = 0.05

const SHARPNESS = 25
/** Puts about half of the simulated collaborations on each side. */
const MIDDLE = 0.79

export interface SimulatedMatch {
  readonly features: MatchRow
  readonly success: boolean
  /** The true chance of `success`, label noise included. No model sees it. */
  readonly chance: number
}

/**
 * Simulates collaborations. The same seed gives the same rows.
 *
 * @param rows  how many.
 * @param seed  any whole number.
 */
export function simulate({ rows, seed }: { readonly rows: number; readonly seed: number }): SimulatedMatch[] {
  const rng = createRng(seed)
  return Array.from({ length: rows }, () => {
    const features = simulateFeatures(rng)
    const chance = trueChance(features)
    return { features, success: rng.next() < chance, chance }
  })
}

/** The accuracy of a predictor that knows the true chance: no model can do better on average. */
export function bayesAccuracy(matches: readonly SimulatedMatch[]): number {
  return matches.reduce((sum, { chance }) => sum + Math.max(chance, 1 - chance), 0) / matches.length
}

/** The true chance of success of a row. */
export function trueChance(features: MatchRow): number {
  const clean = 1 / (1 + Math.exp(-SHARPNESS * (signal(features) - MIDDLE)))
  return LABEL_NOISE + (1 - 2 * LABEL_NOISE) * clean
}

/** The parts of the truth, one a line. */
function signal(f: MatchRow): number {
  // Fit: niche and audience help only together (interaction); brand fit adds.
  const fit = 1.2 * f.nicheAlignment * f.audienceMatch + 0.2 * f.brandFit
  // A creator who answers fewer than two of five messages loses the deal (threshold).
  const conduct = f.responseRate < 0.4 ? -0.4 : 0
  // Distance matters only when the budget is tight (interaction).
  const money = f.budgetAlignment < 0.5 ? 0.25 * f.locationMatch : 0.3
  // Content: quality counts as far as somebody looks at it; reach and rhythm add.
  const content = 0.25 * f.contentQuality * f.contentEngagement + 0.1 * f.engagementRate + 0.05 * f.postingConsistency
  // Temporal: active and recently so; the age of the account saturates.
  const temporal = 0.1 * Math.min(f.activityScore, f.lastActiveScore) + 0.05 * Math.min(1, 2 * f.accountAge)
  // Behavioural: the weaker of profile and portfolio is what a brand notices.
  const behavioural = 0.1 * Math.min(f.profileCompletion, f.portfolioQuality) + 0.05 * f.connectionAcceptance
  // Network: strength through shared contacts; too narrow and too scattered are both worse than the middle (hump).
  const network = 0.1 * f.networkStrength * f.mutualConnections + 0.05 * (1 - Math.abs(2 * f.connectionDiversity - 1))
  return fit + conduct + money + content + temporal + behavioural + network
}

/** Scores in 0..1; features of one group lean the same way, as they do in life. */
function simulateFeatures(rng: Rng): MatchRow {
  const diligence = rng.next()
  const popularity = rng.next()
  const leaning: Partial<Record<string, number>> = {
    responseRate: diligence,
    activityScore: diligence,
    lastActiveScore: diligence,
    profileCompletion: diligence,
    postingConsistency: diligence,
    networkStrength: popularity,
    mutualConnections: popularity,
    contentEngagement: popularity,
    engagementRate: popularity,
  }
  const entries = FEATURE_NAMES.map((name) => {
    const own = rng.next()
    const lean = leaning[name]
    const value = lean === undefined ? own : 0.6 * own + 0.4 * lean
    // Two decimals, as such scores are stored.
    return [name, Math.round(value * 100) / 100]
  })
  return Object.fromEntries(entries) as MatchRow
}

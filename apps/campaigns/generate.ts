// Campaigns, proposals and audiences that do not exist, from a seed: the sample data, and as many rows as a measurement needs.
import type { Audience, Campaign, Proposal } from './records.ts'

interface Industry {
  readonly name: string
  readonly companies: readonly string[]
  readonly products: readonly string[]
  readonly audiences: readonly string[]
  readonly interests: readonly string[]
}

const INDUSTRIES: readonly Industry[] = [
  industry(
    'sports',
    'Nordic Sports|Peak Athletics|Stride',
    'running shoes|trail jackets|yoga mats|road bikes',
    'amateur runners|gym members|weekend cyclists',
    'marathons|fitness|outdoors',
  ),
  industry(
    'fashion',
    'Linen & Co|Urban Thread|Maison Bleue',
    'summer dresses|winter coats|denim|handbags',
    'young professionals|students|fashion readers',
    'style|vintage|trends',
  ),
  industry(
    'travel',
    'Blue Horizon|Alpine Tours|City Hoppers',
    'flights to the sea|ski weekends|city breaks|cruises',
    'families with children|couples|retired travellers',
    'beaches|culture|nature',
  ),
  industry(
    'food',
    'Green Table|Morning Roast|Bakehouse',
    'organic vegetables|cold brew coffee|meal kits|sourdough bread',
    'busy parents|home cooks|vegetarians',
    'cooking|nutrition|local produce',
  ),
  industry(
    'finance',
    'First Harbour Bank|Ledgerly|Safe Invest',
    'savings accounts|student loans|mortgages|a budgeting app',
    'first-time buyers|small business owners|graduates',
    'saving|investing|property',
  ),
  industry(
    'health',
    'Clear Clinic|Vital Care|Dental One',
    'flu vaccination|dental check-ups|sleep coaching|physiotherapy',
    'elderly patients|new mothers|office workers',
    'prevention|wellness|sleep',
  ),
  industry(
    'technology',
    'Cloudline|Pixel Works|Data Forge',
    'cloud backup|a password manager|noise-cancelling headphones|smart speakers',
    'developers|remote teams|early adopters',
    'gadgets|software|privacy',
  ),
  industry(
    'education',
    'Bright Minds|Open Campus|Lingua',
    'language courses|coding boot camps|exam tutoring|evening classes',
    'school leavers|career changers|parents of pupils',
    'learning|careers|languages',
  ),
  industry(
    'automotive',
    'Volta Motors|Road King|City Wheels',
    'electric cars|winter tyres|car leasing|e-scooters',
    'commuters|fleet managers|new drivers',
    'cars|electric mobility|commuting',
  ),
  industry(
    'home',
    'Oak & Pine|Bright Home|Garden Works',
    'oak furniture|garden chairs|LED lighting|heat pumps',
    'home owners|gardeners|tenants',
    'interiors|gardening|saving energy',
  ),
]

const THEMES = [
  'Spring sale',
  'Summer launch',
  'Back to school',
  'Black Friday week',
  'Holiday gifts',
  'New year, new start',
  'Anniversary',
  'Last chance',
  'Early access',
  'Members only',
]
const GOALS = [
  'raise brand awareness',
  'generate leads',
  'bring sales up',
  'launch a product',
  'win customers back',
  'fill the season',
  'grow the newsletter',
]
const CHANNELS = [
  'short videos',
  'search ads',
  'podcast spots',
  'billboards near stations',
  'email',
  'social posts by creators',
  'connected TV',
]
const STATUSES = ['draft', 'sent', 'won', 'lost'] as const

interface Sample {
  readonly rows: number
  readonly seed: number
}

/** One at a time, so that a million need no memory. The same seed gives the same rows. */
export function* generateCampaigns({ rows, seed }: Sample): Generator<Campaign> {
  const random = randomOf(seed)
  for (let row = 1; row <= rows; row++) {
    const { pick, count } = random
    const { name: field, companies, products, audiences } = pick(INDUSTRIES)
    const [product, audience, channel] = [pick(products), pick(audiences), pick(CHANNELS)]
    const goal = pick(GOALS)
    yield {
      id: String(row),
      name: `${pick(THEMES)}: ${product}`,
      description: `${capitalised(channel)} that show ${product} to ${audience}, over ${count(2, 12)} weeks in ${count(1, 40)} regions.`,
      objectives: `${capitalised(goal)} by ${count(5, 60)} % and learn which message ${audience} answer.`,
      target_audience: `${capitalised(audience)}, ${count(18, 40)} to ${count(41, 75)} years old`,
      budget: count(10, 2_000) * 100,
      company_name: pick(companies),
      industry: field,
    }
  }
}

export function generateProposals({ rows, seed }: Sample): Proposal[] {
  const { pick, count } = randomOf(seed)
  return Array.from({ length: rows }, (_, row) => {
    const { name, companies, products, audiences } = pick(INDUSTRIES)
    const [product, goal] = [pick(products), pick(GOALS)]
    return {
      id: `p${row + 1}`,
      title: `${capitalised(goal)} with ${product}`,
      summary: `A plan of ${count(4, 26)} weeks for ${pick(audiences)}, mostly by ${pick(CHANNELS)} and ${pick(CHANNELS)}.`,
      company_name: pick(companies),
      industry: name,
      budget: count(20, 5_000) * 100,
      status: pick(STATUSES),
    }
  })
}

/** One for every audience of every industry. */
export function generateAudiences({ seed }: Pick<Sample, 'seed'>): Audience[] {
  const { count } = randomOf(seed)
  return INDUSTRIES.flatMap(({ name, products, audiences, interests }) =>
    audiences.map((audience, place) => ({
      id: `${name}-${place + 1}`,
      name: capitalised(audience),
      description: `${capitalised(audience)} who look for ${products.slice(0, 2).join(' or ')} and read about ${interests.join(', ')}.`,
      interests: [...interests],
      size: count(5, 900) * 1_000,
    })),
  )
}

function industry(name: string, companies: string, products: string, audiences: string, interests: string): Industry {
  const list = (words: string): string[] => words.split('|')
  return { name, companies: list(companies), products: list(products), audiences: list(audiences), interests: list(interests) }
}

/** Mulberry32 (public domain). */
function randomOf(seed: number) {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    pick: <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!,
    /** A whole number in [least, most]. */
    count: (least: number, most: number): number => least + Math.floor(next() * (most - least + 1)),
  }
}

const capitalised = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

// What the campaigns application holds: three collections, and the query that fills the first from MySQL.
import { collection, mysqlSource } from 'tandem-ml'
import { z } from 'zod'

const text = z.string().max(20_000)

/** A row of `campaigns` joined with its client, under the columns' own names. */
export const Campaign = z.object({
  id: z.string(),
  name: z.string(),
  description: text.nullable(),
  objectives: text.nullable(),
  target_audience: text.nullable(),
  budget: z.number().min(0).nullable(),
  company_name: z.string().nullable(),
  industry: z.string().nullable(),
})

/** What was offered to a client. */
export const Proposal = z.object({
  id: z.string(),
  title: z.string(),
  summary: text,
  company_name: z.string(),
  industry: z.string(),
  budget: z.number().min(0),
  status: z.enum(['draft', 'sent', 'won', 'lost']),
})

/** Who campaigns are made for. */
export const Audience = z.object({
  id: z.string(),
  name: z.string(),
  description: text,
  interests: z.array(z.string()),
  size: z.int().min(0),
})

export type Campaign = z.infer<typeof Campaign>
export type Proposal = z.infer<typeof Proposal>
export type Audience = z.infer<typeof Audience>

const CAMPAIGN_TEXT = [
  'Campaign: {{name}}',
  'Client: {{company_name}}',
  'Industry: {{industry}}',
  'Description: {{description}}',
  'Objectives: {{objectives}}',
  'Target: {{target_audience}}',
  'Budget: {{budget}} dollars',
].join('\n')

/** Campaigns with their clients, as the tables of the platform hold them. */
export const CAMPAIGNS_QUERY = `SELECT c.id, c.name, c.description, c.objectives, c.target_audience, c.budget, c.updated_at, cl.company_name, cl.industry
FROM campaigns c JOIN clients cl ON c.client_id = cl.id`

/**
 * The collections of the application.
 *
 * @param options.mysqlUrl  database to sync campaigns with; absent: the application starts with sample data.
 */
export function campaignCollections({ mysqlUrl }: { readonly mysqlUrl?: string } = {}) {
  return {
    campaigns: collection({
      record: Campaign,
      text: CAMPAIGN_TEXT,
      description: 'Campaigns with their clients',
      ...(mysqlUrl === undefined
        ? {}
        : { source: mysqlSource({ url: mysqlUrl, query: CAMPAIGNS_QUERY, cursor: 'updated_at' }), sync: { every: '*/15 * * * *' } }),
    }),
    proposals: collection({
      record: Proposal,
      text: 'Proposal: {{title}}\nClient: {{company_name}}\nIndustry: {{industry}}\n{{summary}}',
      description: 'What was offered to clients',
    }),
    audiences: collection({
      record: Audience,
      text: '{{name}}\n{{description}}\nInterests: {{interests}}',
      description: 'Who campaigns are made for',
    }),
  }
}

// The campaigns application.
export { campaigns } from './campaigns.ts'
export { generateAudiences, generateCampaigns, generateProposals } from './generate.ts'
export { Audience, CAMPAIGNS_QUERY, Campaign, campaignCollections, Proposal } from './records.ts'

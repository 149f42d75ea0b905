// The words of the job pages.

export const jobsText = {
  title: 'Jobs',
  facts: 'Training and other long work, newest first',
  columns: { job: 'Job', status: 'Status', progress: 'Progress', created: 'Created', took: 'Took', by: 'By' },
  filters: {
    label: 'Status',
    all: 'All',
    queued: 'Queued',
    running: 'Running',
    succeeded: 'Succeeded',
    failed: 'Failed',
    canceled: 'Canceled',
  },
  empty: 'No job has run yet',
  emptyHint:
    'Training a model, retraining it and importing data run as jobs. Each shows its progress here while it runs, and its result or its error when it is done.',
  emptyFiltered: (status: string) => `No job is ${status}`,
  emptyFilteredHint: 'Jobs with another status are behind "All".',
  showAll: 'Show all',
  progressOf: (kind: string) => `Progress of ${kind}`,
} as const

// What happens now and what needs attention: traffic, models, jobs, predictions as they come.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { CrossHairGroup } from '../../charts/cross-hair.tsx'
import { useLive } from '../../live.ts'
import { overviewText } from '../../text/overview.ts'
import { CardGrid } from '../../ui/card.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segment, Segments } from '../../ui/segmented.tsx'
import { Attention } from './parts/attention.tsx'
import { BusiestRoutes } from './parts/busiest-routes.tsx'
import { JobsCard } from './parts/jobs-card.tsx'
import { LivePredictions } from './parts/live-predictions.tsx'
import { ModelsCard } from './parts/models-card.tsx'
import { LatencyCard, RequestsCard } from './parts/traffic-charts.tsx'
import { TrafficFacts } from './parts/traffic-facts.tsx'
import { attentionQuery, trafficQuery } from './queries.ts'
import { WINDOWS } from './search.ts'

const route = getRouteApi('/')

export function OverviewPage(): ReactNode {
  const { window = '24h' } = route.useSearch()
  useLive('traffic.updated', 'job.updated', 'model.activated', 'outcome.recorded')
  const traffic = useQuery(trafficQuery(window))
  const attention = useQuery(attentionQuery)
  return (
    <>
      <PageHead
        title={overviewText.title}
        actions={
          <Segments label={overviewText.window}>
            {WINDOWS.map((name) => (
              <Segment key={name} to="/" search={{ window: name }} selected={name === window}>
                {overviewText.windows[name]}
              </Segment>
            ))}
          </Segments>
        }
      />
      <Attention query={attention} />
      <TrafficFacts traffic={traffic.data} window={window} />
      <CardGrid>
        <CrossHairGroup>
          <RequestsCard traffic={traffic} window={window} />
          <JobsCard />
          <LatencyCard traffic={traffic} window={window} />
          <LivePredictions />
        </CrossHairGroup>
        <ModelsCard />
        <BusiestRoutes traffic={traffic} window={window} />
      </CardGrid>
    </>
  )
}

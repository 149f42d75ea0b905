import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tooltip } from '@base-ui/react/tooltip'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './app.css'
import { queryClient } from './query-client.ts'
import { router } from './routes.tsx'
import { sessionQuery } from './session.ts'
import { Toasts } from './ui/toast.tsx'

// Who is signed in, and the code of the page, are fetched side by side; until both are here the frame in index.html stands.
void Promise.allSettled([queryClient.prefetchQuery(sessionQuery), router.load()]).then(() =>
  createRoot(document.getElementById('root')!).render(app),
)

const app = (
  <StrictMode>
    {/* The policy allows no style elements made by scripts. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Tooltip.Provider delay={350}>
          <Toasts>
            <RouterProvider router={router} />
          </Toasts>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>
)

// One cache for everything the server said, fed by requests and by the socket.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { onRequestFailed } from './session.ts'

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => query.queryKey[0] !== 'session' && onRequestFailed(error, queryClient) }),
  mutationCache: new MutationCache({ onError: (error) => onRequestFailed(error, queryClient) }),
  defaultOptions: {
    queries: {
      // The client repeats what may be repeated; events say when something changed.
      retry: false,
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      // The browser's opinion of being online says nothing about a server on this machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

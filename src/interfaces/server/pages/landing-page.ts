// The root page where no dashboard is built: where things are.
import { escapeHtml, renderPage } from './html.ts'

export function renderLanding({ version }: { readonly version: string }): string {
  const links = [
    ['/docs', 'API reference', 'Every route with its schemas, examples, and a form to try it.'],
    ['/openapi.json', 'OpenAPI 3.1', 'The same as a document for client generators.'],
    ['/health/ready', 'Health', 'Whether storage answers and a canary prediction was made.'],
    ['/metrics', 'Metrics', 'Counters and durations in Prometheus format.'],
    ['/docs/errors', 'Errors', 'Every code a problem answer can carry.'],
  ] as const
  const cards = links
    .map(([href, title, text]) => `<a class="card" href="${href}"><strong>${title}</strong><span>${text}</span></a>`)
    .join('')
  return renderPage({
    title: 'Tandem',
    body: `<main class="landing"><h1>Tandem</h1><p class="lead">The machine-learning backend is running. Version ${escapeHtml(version)}.</p><nav class="cards" aria-label="Where things are">${cards}</nav></main>`,
  })
}

export function renderSignInFailed(): string {
  return renderPage({
    title: 'Sign-in link not valid - Tandem',
    body: '<main class="landing"><h1>This link no longer signs you in</h1><p class="lead">A sign-in link works once and for ten minutes. Start the server again, or run <code>tandem keys link</code>, for a new one.</p><p><a href="/">To the start page</a></p></main>',
  })
}

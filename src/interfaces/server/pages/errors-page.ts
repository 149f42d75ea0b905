// Every error code with its meaning: where the `type` of a problem leads.
import { ERROR_CODES } from '../../../error-codes.ts'
import type { ErrorCode } from '../../../errors.ts'
import { titleOf } from '../respond.ts'
import { STATUS } from '../status.ts'
import { escapeHtml, LOGO, renderPage } from './html.ts'

export function renderErrors(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, meaning]) =>
      `<section class="error" id="${code}"><h2><span class="status">${STATUS[code as ErrorCode]}</span> ${escapeHtml(titleOf(code as ErrorCode))} <code>${code}</code></h2><p>${escapeHtml(meaning)}</p></section>`,
  )
  return renderPage({
    title: 'Errors - Tandem',
    body: `<header class="top"><a class="brand" href="/">${LOGO}Tandem</a><a href="/docs">API reference</a></header><main class="narrow"><h1>Errors</h1><p class="lead">Every error is an <code>application/problem+json</code> answer whose <code>code</code> is one of these; its <code>detail</code> says what happened, why, and how to fix it.</p>${rows.join('')}</main>`,
  })
}

// The API reference as one HTML page, written from the OpenAPI document on the server: readable without scripts;
// the script adds copying, trying, filtering and the colour scheme.
import type { Json } from '../openapi-schemas.ts'
import { escapeHtml, LOGO, renderPage, renderProse } from './html.ts'
import { renderSchema, sampleOf, typeName } from './schema-view.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly anchor: string
  readonly definition: Json
}

/** Replaced in the browser by the address the page came from. */
const DEFAULT_ORIGIN = 'http://127.0.0.1:4700'

export function renderDocs(document: Json): string {
  const operations = operationsOf(document)
  const tags = document.tags as readonly { readonly name: string; readonly description: string }[]
  const schemas = ((document.components as Json).schemas ?? {}) as Readonly<Record<string, Json>>
  const groups = tags.map((tag) => ({ ...tag, operations: operations.filter((one) => (one.definition.tags as string[])[0] === tag.name) }))
  const navigation = groups
    .map(
      ({ name, operations: listed }) =>
        `<section><h2><a href="#tag-${name}">${escapeHtml(name)}</a></h2><ul>${listed.map(renderLink).join('')}</ul></section>`,
    )
    .join('')
  const sections = groups
    .map(
      ({ name, description, operations: listed }) =>
        `<section class="group" id="tag-${name}"><h2>${escapeHtml(name)}</h2>${renderProse(description)}${listed.map((one) => renderOperation(one, schemas)).join('')}</section>`,
    )
    .join('')
  const info = document.info as { readonly version: string; readonly summary: string }
  return renderPage({
    title: 'API reference - Tandem',
    script: true,
    body: `<header class="top"><button type="button" class="menu" data-menu aria-expanded="false" aria-controls="navigation">Menu</button><a class="brand" href="/">${LOGO}Tandem</a><span class="version">${escapeHtml(info.version)}</span><input type="search" data-filter placeholder="Filter routes" aria-label="Filter routes"><a class="wide" href="/docs/errors">Errors</a><a class="wide" href="/openapi.json">OpenAPI</a><button type="button" data-theme-switch>Light / dark</button></header>
<div class="layout"><nav id="navigation" class="side" aria-label="Routes">${navigation}<section><h2><a href="#schemas">schemas</a></h2></section></nav>
<main>${renderIntroduction(info.summary)}${sections}${renderSchemas(schemas)}</main></div>`,
  })
}

function operationsOf(document: Json): readonly Operation[] {
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Json>>>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, definition]) => ({
      method: method.toUpperCase(),
      path,
      anchor: String(definition.operationId),
      definition,
    })),
  )
}

function renderIntroduction(summary: string): string {
  return `<section class="intro"><h1>API reference</h1><p class="lead">${escapeHtml(summary)}</p>
<p>Send your key as <code>Authorization: Bearer tdm_...</code>. Errors are <code>application/problem+json</code> with a <a href="/docs/errors">code</a>. Lists are paged: pass <code>nextCursor</code> back as <code>cursor</code>. Long work answers 202 with a job.</p>
<p class="key"><label for="api-key">Key for trying things here (kept in this tab's memory only; not needed when you are signed in)</label><input id="api-key" type="password" data-key autocomplete="off" spellcheck="false" placeholder="tdm_..."></p></section>`
}

const badge = (method: string): string => `<span class="badge ${method.toLowerCase()}">${method}</span>`

/** Braces of parameters stand out; a long path may break at its slashes. */
const renderPath = (path: string): string =>
  escapeHtml(path)
    .replaceAll('/', '<wbr>/')
    .replace(/\{(\w+)\}/g, '<var>{$1}</var>')

function renderLink({ method, path, anchor, definition }: Operation): string {
  const search = escapeHtml(`${method} ${path} ${String(definition.summary)}`.toLowerCase())
  return `<li data-search="${search}"><a href="#${anchor}">${badge(method)}<span>${renderPath(path)}</span></a></li>`
}

function renderOperation(operation: Operation, schemas: Readonly<Record<string, Json>>): string {
  const { method, path, anchor, definition } = operation
  const parameters = (definition.parameters ?? []) as readonly Json[]
  const content = ((definition.requestBody as Json | undefined)?.content ?? {}) as Readonly<Record<string, Json>>
  const body = content['application/json']
  const streams = Object.keys(content).filter((type) => type !== 'application/json')
  const sample = body === undefined ? undefined : JSON.stringify(exampleOf(body, schemas), null, 2)
  const search = escapeHtml(`${method} ${path} ${String(definition.summary)}`.toLowerCase())
  return `<article id="${anchor}" data-search="${search}">
<h3>${badge(method)}<span class="path">${renderPath(path)}</span><a class="anchor" href="#${anchor}" aria-label="Link to this route">#</a></h3>
<div class="summary"><p><strong>${escapeHtml(String(definition.summary))}</strong></p>${renderProse(String(definition.description ?? ''))}</div>
${renderParameters(parameters)}
${body === undefined ? '' : `<h4>Body</h4>${renderSchema(body.schema as Json, schemas)}`}
${streams.length === 0 ? '' : `<p>Also as a stream: ${streams.map((type) => `<code>${type}</code>`).join(', ')}.</p>`}
${renderCurl(operation, sample)}
${renderResponses(definition.responses as Readonly<Record<string, Json>>, schemas)}
${renderTry(operation, parameters, sample)}
</article>`
}

function exampleOf(body: Json, schemas: Readonly<Record<string, Json>>): unknown {
  const [first] = Object.values((body.examples ?? {}) as Readonly<Record<string, Json>>)
  return first === undefined ? sampleOf(body.schema as Json, schemas) : first.value
}

function renderParameters(parameters: readonly Json[]): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map((parameter) => {
    const schema = parameter.schema as Json
    const note = parameter.description ?? schema.description
    const fallback = schema.default === undefined ? '' : ` <span class="muted">default ${escapeHtml(JSON.stringify(schema.default))}</span>`
    return `<tr><th scope="row"><code>${escapeHtml(String(parameter.name))}</code>${parameter.required === true ? '<span class="required" title="required">*</span>' : ''}</th><td>${String(parameter.in)}</td><td>${escapeHtml(typeName(schema))}${fallback}${note === undefined ? '' : `<br><span class="muted">${escapeHtml(String(note))}</span>`}</td></tr>`
  })
  return `<h4>Parameters</h4><div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>`
}

function renderCurl({ method, path, definition }: Operation, sample: string | undefined): string {
  const open = Array.isArray(definition.security) && definition.security.length === 0
  const streams = JSON.stringify(definition.responses).includes('text/event-stream')
  const lines = [
    `curl ${streams ? '-N ' : ''}${method === 'GET' ? '' : `-X ${method} `}${DEFAULT_ORIGIN}${path}`,
    ...(open ? [] : ['  -H "Authorization: Bearer $TANDEM_KEY"']),
    ...(sample === undefined ? [] : ['  -H "content-type: application/json"', `  -d '${sample.replaceAll("'", "'\\''")}'`]),
  ]
  return `<div class="snippet"><button type="button" data-copy>Copy</button><pre tabindex="0"><code data-origin="${DEFAULT_ORIGIN}">${escapeHtml(lines.join(' \\\n'))}</code></pre></div>`
}

function renderResponses(responses: Readonly<Record<string, Json>>, schemas: Readonly<Record<string, Json>>): string {
  const items = Object.entries(responses).map(([status, response]) => {
    const content = Object.entries((response.content ?? {}) as Readonly<Record<string, Json>>)
    const good = content.find(([type]) => type !== 'application/problem+json')
    const description = renderProse(String(response.description))
    if (Number(status) >= 400)
      return `<details class="response bad"><summary><span class="status">${status}</span></summary>${description}${good === undefined ? '' : renderSchema(good[1].schema as Json, schemas)}</details>`
    const schema = good === undefined ? '' : renderSchema(good[1].schema as Json, schemas)
    return `<details class="response" open><summary><span class="status good">${status}</span> ${good === undefined ? '' : `<span class="muted">${good[0]}</span>`}</summary>${schema}</details>`
  })
  const good = items.filter((item) => item.includes(' open>'))
  const bad = items.filter((item) => !item.includes(' open>'))
  return `<h4>Answers</h4>${good.join('')}<div class="bads">${bad.join('')}</div>`
}

function renderTry({ method, path, anchor }: Operation, parameters: readonly Json[], sample: string | undefined): string {
  const fields = parameters
    .filter((parameter) => parameter.in !== 'header')
    .map((parameter) => {
      const name = String(parameter.name)
      const id = `${anchor}-${name}`
      const required = parameter.required === true ? ' required' : ''
      return `<p><label for="${id}">${escapeHtml(name)}</label><input id="${id}" name="${escapeHtml(name)}" data-in="${String(parameter.in)}" autocomplete="off"${required}></p>`
    })
  const body =
    sample === undefined
      ? ''
      : `<p><label for="${anchor}-body">Body</label><textarea id="${anchor}-body" data-body rows="${Math.min(14, sample.split('\n').length + 1)}" spellcheck="false">${escapeHtml(sample)}</textarea></p>`
  return `<details class="try"><summary>Try it</summary><form data-try data-method="${method}" data-path="${escapeHtml(path)}">${fields.join('')}${body}<p><button type="submit" class="primary">Send ${method}</button></p><pre class="answer" data-answer tabindex="0" hidden></pre></form></details>`
}

function renderSchemas(schemas: Readonly<Record<string, Json>>): string {
  const items = Object.entries(schemas).map(
    ([name, schema]) =>
      `<section class="schema" id="schema-${name}"><h3>${escapeHtml(name)}</h3>${renderSchema(schema, schemas)}</section>`,
  )
  return `<section class="group" id="schemas"><h2>schemas</h2>${items.join('')}</section>`
}

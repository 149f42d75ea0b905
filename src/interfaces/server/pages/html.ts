// Text as HTML: escaping, the frame of a page, and the little Markdown that descriptions use.

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!)
}

/** Paragraphs, `code` and **bold**. */
export function renderProse(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => {
      const html = escapeHtml(paragraph)
        .replace(/`([^`]+)`/g, '<code>$1</code>')
        .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
      return `<p>${html}</p>`
    })
    .join('')
}

/** As the dashboard shows it. */
export const LOGO =
  '<svg width="24" height="18" viewBox="0 0 24 18" aria-hidden="true"><circle cx="8" cy="9" r="6" fill="none" stroke="var(--accent)" stroke-width="2.5"/><circle cx="16" cy="9" r="6" fill="none" stroke="var(--second)" stroke-width="2.5"/></svg>'

export interface PageFrame {
  readonly title: string
  readonly body: string
  readonly script?: boolean
}

export function renderPage({ title, body, script = false }: PageFrame): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="/favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="/docs/style.css">
${script ? '<script src="/docs/docs.js" defer></script>' : ''}
</head>
<body>
${body}
</body>
</html>
`
}

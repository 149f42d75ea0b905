// The script of the API reference, as text: tsc copies only modules, so this is how it reaches `dist`.
// Plain JavaScript for browsers, no dependency, nothing sent but what the reader sends.

export const DOCS_SCRIPT = `'use strict'
;(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const one = (selector, root = document) => root.querySelector(selector)

  for (const code of all('code[data-origin]')) {
    code.textContent = code.textContent.replaceAll(code.dataset.origin, location.origin)
  }

  const stored = (() => { try { return localStorage.getItem('tandem.theme') } catch { return null } })()
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored
  one('[data-theme-switch]')?.addEventListener('click', () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches
    const next = dark ? 'light' : 'dark'
    document.documentElement.dataset.theme = next
    try { localStorage.setItem('tandem.theme', next) } catch { /* private windows may refuse */ }
  })

  const menu = one('[data-menu]')
  const navigation = one('#navigation')
  const showMenu = (open) => {
    navigation.classList.toggle('open', open)
    menu.setAttribute('aria-expanded', String(open))
  }
  menu?.addEventListener('click', () => showMenu(!navigation.classList.contains('open')))
  navigation?.addEventListener('click', (event) => { if (event.target.closest('a')) showMenu(false) })

  one('[data-filter]')?.addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean)
    for (const item of all('[data-search]')) item.hidden = !words.every((word) => item.dataset.search.includes(word))
    for (const group of all('section.group, nav.side section')) {
      const items = all('[data-search]', group)
      if (items.length > 0) group.hidden = items.every((item) => item.hidden)
    }
  })

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]')
    if (!button) return
    const text = one('code', button.parentElement).textContent
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      getSelection().selectAllChildren(one('code', button.parentElement))
      button.textContent = 'Selected: press Ctrl+C'
    }
    setTimeout(() => { button.textContent = 'Copy' }, 2000)
  })

  const addressOf = (form) => {
    const query = new URLSearchParams()
    let path = form.dataset.path
    for (const field of all('[data-in]', form)) {
      if (field.value === '') continue
      if (field.dataset.in === 'path') path = path.replace('{' + field.name + '}', encodeURIComponent(field.value))
      else query.append(field.name, field.value)
    }
    const text = query.toString()
    return text === '' ? path : path + '?' + text
  }

  const readable = (type, text) => {
    if (!type.includes('json')) return text
    try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text }
  }

  const MOST = 200000
  const readSome = async (response, answer, head) => {
    const type = response.headers.get('content-type') || ''
    if (!type.includes('event-stream')) {
      answer.textContent = head + readable(type, await response.text()).slice(0, MOST)
      return
    }
    answer.textContent = head
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      text = (text + value).slice(-MOST)
      answer.textContent = head + text
    }
  }

  const running = new WeakMap()
  document.addEventListener('submit', async (event) => {
    const form = event.target.closest('[data-try]')
    if (!form) return
    event.preventDefault()
    running.get(form)?.abort()
    const stop = new AbortController()
    running.set(form, stop)
    const answer = one('[data-answer]', form)
    const key = one('[data-key]')?.value.trim()
    const body = one('[data-body]', form)
    const headers = {}
    if (key) headers.authorization = 'Bearer ' + key
    if (body) headers['content-type'] = 'application/json'
    answer.hidden = false
    answer.textContent = 'Waiting ...'
    const started = performance.now()
    try {
      const response = await fetch(addressOf(form), {
        method: form.dataset.method, headers, body: body ? body.value : undefined, signal: stop.signal, credentials: 'same-origin',
      })
      const id = response.headers.get('x-request-id') || ''
      const head = response.status + ' ' + response.statusText + '   ' + Math.round(performance.now() - started) + ' ms   ' + id + '\\n\\n'
      answer.dataset.ok = String(response.ok)
      await readSome(response, answer, head)
    } catch (error) {
      if (error.name === 'AbortError') return
      answer.dataset.ok = 'false'
      answer.textContent = 'No answer: ' + error.message
    }
  })
})()
`

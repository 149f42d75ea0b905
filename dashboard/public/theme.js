// Sets light or dark before the first paint: what was chosen here, else what the system prefers.
{
  let chosen = null
  try {
    chosen = localStorage.getItem('tandem.theme')
  } catch {
    // Storage may be forbidden; the system's preference is then the answer.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

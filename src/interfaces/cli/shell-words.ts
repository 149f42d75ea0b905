// Writes commands that work as pasted into a POSIX shell.

/** A word as the shell must see it: bare where that is safe, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** One line that predicts by curl. `keyExpression` is expanded by the shell, so that the key itself is not shown. */
export function curlPredict(options: {
  readonly url: string
  readonly model: string
  readonly features: Readonly<Record<string, unknown>>
  readonly keyExpression: string
}): string {
  const body = shellWord(JSON.stringify({ features: options.features }))
  const address = `${options.url}/v1/models/${encodeURIComponent(options.model)}/predict`
  return `curl -s ${address} -H "Authorization: Bearer ${options.keyExpression}" -H 'Content-Type: application/json' -d ${body}`
}

// Which of a few content types a request asks for (RFC 9110, section 12.5.1).

/** The type with the highest quality in `accept`; of equals, and where none is named, the first. */
export function negotiate(accept: string | undefined, types: readonly string[]): string {
  const ranges = (accept ?? '').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }
  })
  const qualityOf = (type: string): number => {
    const exact = ranges.find((range) => range.type === type)
    const general = ranges.find((range) => range.type === `${type.split('/')[0]}/*` || range.type === '*/*')
    return (exact ?? general)?.quality ?? 0
  }
  return types.reduce((best, type) => (qualityOf(type) > qualityOf(best) ? type : best))
}

// Keeps the texts of a chart from standing on each other.

/** A percent sign is wider than a letter by so many. */
const PERCENT_LETTERS = 0.7

/** About how wide a text is drawn at 11 px in the system's sans; measured in Chromium, rounded up. */
export function textWidth(text: string, fontSize = 11): number {
  const wide = text.split('%').length - 1
  return Math.ceil((text.length + wide * PERCENT_LETTERS) * fontSize * 0.58)
}

/** A text cut to a width, with an ellipsis; the whole one belongs into the tooltip. */
export function fitText(text: string, widthPx: number, fontSize = 11): string {
  if (textWidth(text, fontSize) <= widthPx) return text
  const letters = Math.max(1, Math.floor(widthPx / (fontSize * 0.58)) - 1)
  return `${text.slice(0, letters).trimEnd()}…`
}

/** As `fitText`, but of the middle: names of one table often differ at their ends alone. Capitals are wide, so it leaves some room. */
export function cutInMiddle(text: string, widthPx: number, fontSize = 11): string {
  const letters = Math.floor(widthPx / (fontSize * 0.62))
  if (text.length <= letters) return text
  const tail = Math.max(1, Math.floor(letters * 0.4))
  return `${text.slice(0, Math.max(1, letters - tail - 1)).trimEnd()}…${text.slice(-tail).trimStart()}`
}

/**
 * Moves positions apart until neighbours keep `gap`, staying within [low, high] where that has room, in their order.
 *
 * @returns the new position of each, index for index.
 */
export function spread(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!)
  const placed = [...positions]
  let floor = low
  for (const index of order) {
    placed[index] = Math.max(placed[index]!, floor)
    floor = placed[index]! + gap
  }
  let ceiling = high
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index]!, ceiling)
    ceiling = placed[index]! - gap
  }
  return placed
}

/** Which labels, each drawn to the right of its position, fit into `widthPx` without touching the one before. */
export function labelsThatFit(labels: readonly { readonly x: number; readonly text: string }[], widthPx: number): boolean[] {
  // From the right: of two that collide, the newer version is the one people ask for.
  let free = widthPx
  const fits = labels.map(() => false)
  for (let index = labels.length - 1; index >= 0; index--) {
    const { x, text } = labels[index]!
    if (x + 8 + textWidth(text) > free) continue
    fits[index] = true
    free = x - 8
  }
  return fits
}

/** Index of the position nearest to `value` in an ascending list; undefined for an empty one. */
export function nearestIndex(ascending: readonly number[], value: number): number | undefined {
  if (ascending.length === 0) return undefined
  let low = 0
  let high = ascending.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ascending[middle]! <= value) low = middle
    else high = middle
  }
  return value - ascending[low]! <= ascending[high]! - value ? low : high
}

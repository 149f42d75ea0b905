import type { Asked } from '../queries.ts'

/** `Name: phrase; phrase` a line; a line of its own name is a label without phrases. */
export function readLabels(lines: string): Asked['labels'] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf(':')
      const name = (at < 0 ? line : line.slice(0, at)).trim()
      const examples = (at < 0 ? '' : line.slice(at + 1))
        .split(';')
        .map((phrase) => phrase.trim())
        .filter((phrase) => phrase !== '')
      return { name, examples }
    })
}

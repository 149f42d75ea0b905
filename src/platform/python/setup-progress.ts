// How far a set-up is, read from what pip and uv print.
import { readFileSync } from 'node:fs'

/**
 * Reads the lines of pip and uv as progress. pip names each pinned package as it comes to it; uv says how large the large ones are, and when
 * each is here.
 */
export function readProgress(lists: readonly string[], tell: (fraction: number, message: string) => void): (line: string) => void {
  const names = new Set(lists.flatMap((list) => [...readFileSync(list, 'utf8').matchAll(/^([\w.-]+)==/gm)].map(([, name]) => name)))
  const sizes = new Map<string, number>()
  let seen = 0
  let here = 0
  let most = 0
  const reach = (fraction: number, message: string): void => {
    // uv announces some packages after others have come.
    most = Math.max(most, fraction)
    tell(most, message)
  }
  return (line) => {
    const announced = /^\s*Downloading ([\w.-]+) \(([\d.]+)([KMG])iB\)/.exec(line)
    const arrived = /^\s*Downloaded ([\w.-]+)/.exec(line)?.[1]
    const looked = /^\s*(?:Collecting|Downloading|Using cached|Requirement already satisfied:?)\s+([\w.-]+)/.exec(line)
    if (announced !== null)
      sizes.set(announced[1]!, Number(announced[2]) * { K: 2 ** -10, M: 1, G: 2 ** 10 }[announced[3] as 'K' | 'M' | 'G'])
    if (arrived !== undefined) here += sizes.get(arrived) ?? 0
    if (announced !== null || arrived !== undefined) {
      const all = [...sizes.values()].reduce((sum, size) => sum + size, 0)
      const last = arrived === undefined ? '' : `, ${arrived} is here`
      return reach(0.8 * Math.min(1, here / Math.max(1, all)), `downloaded ${Math.round(here)} of ${Math.round(all)} MiB${last}`)
    }
    if (/^\s*Collecting /.test(line)) seen++
    if (looked !== null) {
      const message = line.trim().replace(/ \(from .*/, '')
      reach(0.8 * Math.min(1, seen / Math.max(1, names.size)), message.slice(0, 120))
    } else if (/^Installing collected|^Prepared|^Installed/.test(line)) reach(0.85, 'installing')
  }
}

// The first page of help, and the version.
import { readFileSync } from 'node:fs'

const PAGE = `
tandem: the machine-learning backend for Node.js applications

  tandem start                      serve models over HTTP, with the database in ./.tandem
  tandem train --csv FILE --target COLUMN
                                    train a model on a table
  tandem predict MODEL name=value   predict one row, or a whole CSV file
  tandem models                     models and versions; activate, roll back, delete, pull
  tandem embed TEXT TEXT ...        texts to vectors; how near texts are in meaning
  tandem language TASK TEXT ...     what texts say: sentiment, entities, keywords, categories, summary
  tandem compare A B --file FILE      two embedding models, or one in two runtimes, on the same texts
  tandem compare A B --model NAME     two versions of a model, or one and a worker's model, on the same rows
  tandem fine-tune COLLECTION --field NAME
                                    fine-tune its embedding model on what belongs together
  tandem sync COLLECTION            bring the documents of a collection's database or file
  tandem jobs                       long work: look, follow, cancel, retry
  tandem keys                       API keys: create, list, revoke
  tandem python                     the Python workers, which nothing needs: set up, look, restart
  tandem doctor                     check this machine and say how to fix what is wrong

  tandem help COMMAND               options and examples of a command
  tandem --version

Every command takes --config FILE (default: tandem.config.ts in this folder) and --json for scripts.
Commands use the server at TANDEM_URL with TANDEM_KEY, else the one that runs on this data folder, else the
database itself. Exit status: 0 done, 1 failed, 2 wrong usage.
`

export function helpText(): string {
  return PAGE.trim()
}

export function versionText(): string {
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}

/** The command that was probably meant: at most two letters wrong, or the beginning of one. */
export function nearestCommand(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, distance: name.startsWith(word) && word.length > 1 ? 0 : editDistance(word, name) }))
  const best = ranked.sort((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= 2 ? best.name : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row[b.length] ?? 0
}

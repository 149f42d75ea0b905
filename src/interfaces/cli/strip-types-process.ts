// The process of `strip-types.ts`: takes the address of a TypeScript file, and prints it and the TypeScript that it imports
// by relative paths, with blanks where types stood. What cannot be read or stripped is left out: the loader explains it.
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Stripped } from './strip-types.ts'

const MAX_FILES = 500
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"\n]+\.m?ts)['"]/g

function stripGraph(entry: string): Stripped {
  const found: Record<string, string> = {}
  const waiting = [entry]
  const seen = new Set(waiting)
  for (let url = waiting.pop(); url !== undefined && seen.size <= MAX_FILES; url = waiting.pop()) {
    try {
      const stripped = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'))
      found[url] = stripped
      for (const [, specifier = ''] of stripped.matchAll(IMPORTED)) {
        const next = new URL(specifier, url).href
        if (!seen.has(next)) waiting.push(next)
        seen.add(next)
      }
    } catch {
      // The loader meets the same file and says why.
    }
  }
  return found
}

process.stdout.write(JSON.stringify(stripGraph(process.argv[2] ?? '')))

// Parts of commands that work as pasted into a shell.

/** Reads the key where it is used, so that it never stands in a shell's history. */
export const KEY_HEADER = '-H "Authorization: Bearer $TANDEM_KEY"'

/** In single quotes, where a shell changes nothing; a quote inside closes, escapes itself and opens again. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

// What a migration is: numbered, forward only, written once for both engines.

export interface Migration {
  /** 1, 2, 3 ...; in this order. */
  readonly number: number
  readonly name: string
  /** SQL in the portable subset; `{integer}`, `{real}`, `{text}`, `{blob}`, `{autoincrement}` and `{options}` come from the dialect table. Never changed once released: its SHA-256 is kept. */
  readonly statements: readonly string[]
}

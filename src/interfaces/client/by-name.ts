// Clients of things by their name, such as the models of a config, made when they are first named.

/** What JavaScript itself asks of any object: were these names, `await client.models` would call one. */
const NO_NAMES = new Set(['then', 'toJSON', 'toString', 'valueOf', 'constructor'])

/** Makes the client of any name on first use; which names exist is known to the types and to the server. */
export function byName<Client>(create: (name: string) => Client): Readonly<Record<string, Client>> {
  const made = new Map<string, Client>()
  return new Proxy<Record<string, Client>>(Object.create(null), {
    get(_, name) {
      if (typeof name === 'symbol' || NO_NAMES.has(name)) return undefined
      const known = made.get(name) ?? create(name)
      made.set(name, known)
      return known
    },
    has: (_, name) => typeof name === 'string' && !NO_NAMES.has(name),
    set: () => false,
  })
}

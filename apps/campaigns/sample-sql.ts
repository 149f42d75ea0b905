// The sample campaigns as SQL for MySQL and MariaDB: the tables that the query in records.ts reads, and their rows from a seed.
// Run: node --conditions=tandem-source apps/campaigns/sample-sql.ts [--rows 1000] [--seed 11] | mysql NAME_OF_DATABASE
import { generateCampaigns } from './generate.ts'

const TABLES = [
  `CREATE TABLE clients (
  id INT PRIMARY KEY,
  company_name VARCHAR(100) NOT NULL,
  industry VARCHAR(50)
) CHARACTER SET utf8mb4`,
  `CREATE TABLE campaigns (
  id INT PRIMARY KEY,
  client_id INT NOT NULL,
  name VARCHAR(200) NOT NULL,
  description TEXT,
  objectives TEXT,
  target_audience TEXT,
  budget DECIMAL(12, 2),
  updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  INDEX (client_id),
  INDEX (updated_at)
) CHARACTER SET utf8mb4`,
]
const ROWS_PER_INSERT = 1_000
/** In seconds since 1970; each row is a second younger than the one before, as in a table that grew. */
const FIRST_UPDATE = 1_750_000_000

/** One statement at a time, so that a million rows need no memory. */
export function* sampleSql({ rows, seed }: { readonly rows: number; readonly seed: number }): Generator<string> {
  yield* TABLES
  const clients = new Map<string, number>()
  let values: string[] = []
  for (const campaign of generateCampaigns({ rows, seed })) {
    const company = campaign.company_name ?? ''
    let client = clients.get(company)
    if (client === undefined) {
      client = clients.size + 1
      clients.set(company, client)
      yield `INSERT INTO clients VALUES (${client}, ${literal(company)}, ${literal(campaign.industry)})`
    }
    const { id, name, description, objectives, target_audience, budget } = campaign
    const texts = [name, description, objectives, target_audience].map(literal).join(', ')
    values.push(`(${id}, ${client}, ${texts}, ${budget}, '${timeOf(FIRST_UPDATE + Number(id))}')`)
    if (values.length < ROWS_PER_INSERT) continue
    yield insert(values)
    values = []
  }
  if (values.length > 0) yield insert(values)
}

const insert = (values: readonly string[]): string => `INSERT INTO campaigns VALUES\n${values.join(',\n')}`
const timeOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 23).replace('T', ' ')
const literal = (text: string | null): string => (text === null ? 'NULL' : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)

function main(): void {
  const option = (name: string, otherwise: number): number => {
    const at = process.argv.indexOf(name)
    const value = at === -1 ? otherwise : Number(process.argv[at + 1])
    if (!Number.isInteger(value) || value < 0) throw new Error(`${name} takes a whole number from 0 on, not "${process.argv[at + 1]}".`)
    return value
  }
  for (const statement of sampleSql({ rows: option('--rows', 1_000), seed: option('--seed', 11) })) process.stdout.write(`${statement};\n`)
}

if (process.argv[1]?.includes('sample-sql')) main()

// Counters and histograms whose cells are plain numbers: adding to one costs no look-up, no string and no allocation.
// prom-client hashes the labels on every call, which is the largest cost of a bare request; these only speak its
// collecting interface (`get`), so its registry prints them beside its own.

/** What prom-client's registry prints. */
export interface CollectedValue {
  readonly metricName?: string
  readonly labels: Record<string, string | number>
  readonly value: number
}

export interface Collected {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'histogram'
  readonly aggregator: 'sum'
  readonly values: readonly CollectedValue[]
}

/** Cells a metric may have; further label combinations share one cell labelled `other`, so a caller cannot fill the memory. */
export const MAX_CELLS = 2_000

export interface CounterCell {
  value: number
}

abstract class Series<Cell> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  protected readonly cells = new Map<string, { readonly labels: Record<string, string>; readonly cell: Cell }>()

  constructor(name: string, help: string, labelNames: readonly string[]) {
    this.name = name
    this.help = help
    this.labelNames = labelNames
  }

  /** The cell of these label values, in the order of `labelNames`. Keep it where the call is hot. */
  cell(...values: readonly string[]): Cell {
    const key = values.join('\u0000')
    const known = this.cells.get(key)
    if (known !== undefined) return known.cell
    if (this.cells.size >= MAX_CELLS && values.some((value) => value !== 'other')) return this.cell(...values.map(() => 'other'))
    const labels = Object.fromEntries(this.labelNames.map((name, index) => [name, values[index] ?? '']))
    const cell = this.make()
    this.cells.set(key, { labels, cell })
    return cell
  }

  reset(): void {
    this.cells.clear()
  }

  protected abstract make(): Cell
}

export class CounterSeries extends Series<CounterCell> {
  get(): Collected {
    const values = [...this.cells.values()].map(({ labels, cell }) => ({ labels, value: cell.value }))
    return { name: this.name, help: this.help, type: 'counter', aggregator: 'sum', values }
  }

  protected make(): CounterCell {
    return { value: 0 }
  }
}

export class HistogramCell {
  readonly buckets: Float64Array
  readonly bounds: Float64Array
  sum = 0
  count = 0

  constructor(bounds: Float64Array) {
    this.bounds = bounds
    this.buckets = new Float64Array(bounds.length)
  }

  observe(value: number): void {
    const { bounds } = this
    this.sum += value
    this.count += 1
    let index = 0
    while (index < bounds.length && value > bounds[index]!) index += 1
    if (index < bounds.length) this.buckets[index]! += 1
  }
}

export class HistogramSeries extends Series<HistogramCell> {
  private readonly bounds: Float64Array

  constructor(name: string, help: string, labelNames: readonly string[], bounds: readonly number[]) {
    super(name, help, labelNames)
    this.bounds = Float64Array.from(bounds)
  }

  get(): Collected {
    const values: CollectedValue[] = []
    for (const { labels, cell } of this.cells.values()) {
      let total = 0
      for (const [index, bound] of this.bounds.entries()) {
        total += cell.buckets[index]!
        values.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le: bound }, value: total })
      }
      values.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le: '+Inf' }, value: cell.count })
      values.push({ metricName: `${this.name}_sum`, labels, value: cell.sum })
      values.push({ metricName: `${this.name}_count`, labels, value: cell.count })
    }
    return { name: this.name, help: this.help, type: 'histogram', aggregator: 'sum', values }
  }

  protected make(): HistogramCell {
    return new HistogramCell(this.bounds)
  }
}

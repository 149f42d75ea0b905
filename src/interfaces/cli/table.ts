// Lines of a table in aligned columns, cut to the width of the terminal in the last column that may be cut.

export interface TableColumn<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: 'left' | 'right'
}

/** A head line and one line for each row; two spaces between columns. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  width: number = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => oneLine(value(row))))]
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => textWidth(line[at] ?? ''))))
  return cells.map((line) => {
    const text = line.map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align)).join('  ')
    return cut(text.trimEnd(), width)
  })
}

/** Smaller numbers are written with an exponent. */
const SMALLEST_PLAIN = 1e-4

/** A number with at most `digits` significant ones. */
export function shortNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value)) return String(value)
  if (Math.abs(value) < SMALLEST_PLAIN) return value.toExponential(1)
  return String(Number(value.toPrecision(digits)))
}

export function cut(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'right' ? space + text : text + space
}

/** Values come from data: a line break or a control character in one must not break the table or the terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

function textWidth(text: string): number {
  return [...text].length
}

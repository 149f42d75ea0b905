// Writes the features of one fitted column into a row.
import { createTfidfVectorizer } from '../text/tfidf-vectorizer.ts'
import { categoryIn, numberIn, type Row, textIn, timeIn } from './cell.ts'
import type { FittedColumn } from './column-spec.ts'
import { datePart } from './date-parts.ts'

export interface ColumnWriter {
  readonly names: readonly string[]
  /** Puts what is not 0; columns rise. */
  write(row: Row, at: number, put: (column: number, value: number) => void): void
}

export function columnWriter(name: string, column: FittedColumn): ColumnWriter {
  switch (column.kind) {
    case 'number':
      return {
        names: column.indicator ? [name, `${name} missing`] : [name],
        write(row, at, put) {
          const value = numberIn(row, name, at)
          const missing = Number.isNaN(value)
          put(0, ((missing && column.fill !== null ? column.fill : value) - column.center) / column.scale)
          if (column.indicator && missing) put(1, 1)
        },
      }
    case 'one-hot': {
      const places = placesOf(column.categories)
      const names = column.categories.map((category) => `${name}=${category}`)
      return {
        names: column.rare ? [...names, `${name} other`] : names,
        write(row, at, put) {
          const category = categoryIn(row, name, at)
          if (category === undefined) return
          const place = places.get(category)
          if (place !== undefined) put(place, 1)
          else if (column.rare) put(names.length, 1)
        },
      }
    }
    case 'ordinal': {
      const places = placesOf(column.categories)
      return {
        names: [name],
        write(row, at, put) {
          const category = categoryIn(row, name, at)
          put(0, category === undefined ? Number.NaN : (places.get(category) ?? -1))
        },
      }
    }
    case 'target': {
      const places = placesOf(column.categories)
      return {
        names: [name],
        write(row, at, put) {
          const place = places.get(categoryIn(row, name, at) ?? '')
          put(0, place === undefined ? column.mean : column.means[place]!)
        },
      }
    }
    case 'date':
      return {
        names: column.parts.map((part) => `${name} ${part}`),
        write(row, at, put) {
          const time = timeIn(row, name, at)
          for (const [place, part] of column.parts.entries()) put(place, datePart(time, part))
        },
      }
    case 'text': {
      const vectorizer = createTfidfVectorizer(column.vocabulary, column.idf, column.options)
      return {
        names: column.vocabulary.map((term) => `${name}: ${term}`),
        write(row, at, put) {
          const { indices, values } = vectorizer.transform([textIn(row, name, at)])
          for (let entry = 0; entry < indices.length; entry++) put(indices[entry]!, values[entry]!)
        },
      }
    }
    case 'passthrough':
      return { names: [name], write: (row, at, put) => put(0, numberIn(row, name, at)) }
  }
}

function placesOf(categories: readonly string[]): ReadonlyMap<string, number> {
  return new Map(categories.map((category, place) => [category, place]))
}

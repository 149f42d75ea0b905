// A text as trees read it: 0 where there is one and missing where not, then what a linear model of its words alone says of the target: a
// number, or the probability of class 1 of two, or of each class of more.
import { softmaxInPlace } from '../linear/linear-model.ts'
import { sigmoid } from '../math/exponential.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import type { ColumnKind } from './column-kind.ts'
import type { FittedTextScore } from './column-spec.ts'
import { packTerms, termReader, unpackTerms } from './text-column.ts'

interface Scorer extends Pick<FittedTextScore, 'link'> {
  readonly base: ArrayLike<number>
  readonly weights: ArrayLike<number>
}

/** What the model says of the text of `row`, in one array that the next text overwrites. */
export function createTextScorer({ base, weights, link }: Scorer): (terms: CsrMatrix | undefined, row: number) => Float64Array {
  const width = base.length
  const said = new Float64Array(width)
  return (terms, row) => {
    said.set(base)
    if (terms !== undefined) {
      const { starts, indices, values } = terms
      for (let at = starts[row]!; at < starts[row + 1]!; at++) {
        const from = indices[at]! * width
        for (let k = 0; k < width; k++) said[k]! += values[at]! * weights[from + k]!
      }
    }
    if (link === 'sigmoid') said[0] = sigmoid(said[0]!)
    else if (link === 'softmax') softmaxInPlace(said, 0, width)
    return said
  }
}

export const textScoreColumn: ColumnKind<FittedTextScore> = {
  width: ({ base }) => 1 + base.length,
  names: ({ base }, name) => [
    `${name} present`,
    ...base.map((_, k) => (base.length === 1 ? `${name} score` : `${name} score of class ${k}`)),
  ],
  vectorizer: termReader,
  writer(fitted, first) {
    const score = createTextScorer(fitted)
    return (code, take, terms, row) => {
      // Which text it is means nothing; whether there is one may.
      if (Number.isNaN(code)) take(first, code)
      const said = score(terms, row)
      for (let k = 0; k < said.length; k++) take(first + 1 + k, said[k]!)
    }
  },
  pack: ({ link, base, weights, ...terms }, to) => ({
    ...packTerms(terms, to),
    link,
    numbers: to.numbers([...base, ...weights]),
    scores: base.length,
  }),
  unpack(about, from) {
    const terms = unpackTerms(about, from)
    const numbers = from.numbers(about.numbers)
    const scores = about.scores as number
    const fits = about.link === 'softmax' ? scores > 2 : (about.link === 'identity' || about.link === 'sigmoid') && scores === 1
    if (!fits || numbers.length !== (terms.vocabulary.length + 1) * scores) {
      from.fail(`has ${numbers.length} weights for ${terms.vocabulary.length} terms and ${scores} scores by ${about.link}`)
    }
    return {
      kind: 'text-score',
      ...terms,
      link: about.link as Scorer['link'],
      base: numbers.slice(0, scores),
      weights: numbers.slice(scores),
    }
  },
}

// Whether a text is English: by its letters and its function words. Enough to say what the English models were not made for.

/** `unknown`: too little to tell. `other`: another language, or none. */
export type TextLanguage = 'en' | 'other' | 'unknown'

const ENGLISH = words(
  'the of and to in is that for it was on are with as be this have from or had by not but what all were we when your can said there use an ' +
    'each which she do how their if will up other about out many then them these so some her would make like him into has look my you i he they ' +
    "don't it's very our been its a at",
)
const OTHERS = words(
  'der die das und ist nicht ein eine mit für auf dem den von zu im ich sie wir auch sich ' +
    'le la les et est une des que qui pas pour dans ce il sur avec au ne plus son vous nous je ' +
    'el los las y es una por con para del se no su lo como más pero sus ' +
    'il di che è per della con non sono nel gli anche della ' +
    'o da em um uma não com para os na dos ' +
    'de het een en van niet dat op te zijn voor met aan er ' +
    'och att det som på är av för inte den med i w z na do się nie jest to',
)
/** Function words of both say nothing. */
for (const word of ['a', 'i', 'no', 'to', 'do', 'her', 'on', 'the', 'as', 'or', 'den', 'de', 'in', 'was', 'so', 'an', 'all', 'he'])
  OTHERS.delete(word)

const MOST_CHARACTERS = 4_000
const FEWEST_WORDS = 5

export function readLanguage(text: string): TextLanguage {
  const start = text.slice(0, MOST_CHARACTERS)
  const letters = start.match(/\p{L}/gu)?.length ?? 0
  if (letters === 0) return 'unknown'
  const latin = start.match(/\p{Script=Latin}/gu)?.length ?? 0
  if (latin < letters / 2) return 'other'
  const tokens = start.toLowerCase().match(/[\p{L}'’]+/gu) ?? []
  let [english, other] = [0, 0]
  for (const token of tokens) {
    const word = token.replace('’', "'")
    if (ENGLISH.has(word)) english++
    if (OTHERS.has(word)) other++
  }
  if (other > english && other >= 2) return 'other'
  if (english > other) return 'en'
  return tokens.length < FEWEST_WORDS ? 'unknown' : english === 0 && tokens.length >= 4 * FEWEST_WORDS ? 'other' : 'unknown'
}

function words(list: string): Set<string> {
  return new Set(list.split(' '))
}

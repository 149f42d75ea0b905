// Words that change the weight of others. Source: VADER 3.3.2 (Hutto & Gilbert 2014), MIT licence, copyright 2016 C.J. Hutto.

/** What a booster adds to a word that follows, and a dampener takes off. */
const BOOST = 0.293

const BOOSTERS =
  'absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously entirely especially ' +
  'exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking fricking frickin frigging friggin fully ' +
  'fuckin fucking fuggin fugging greatly hella highly hugely incredible incredibly intensely major majorly more most particularly purely ' +
  'quite really remarkably so substantially thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very'
const DAMPENERS =
  'almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce scarcely slight ' +
  'slightly somewhat sorta sortof sort-of'

export const DEGREES: ReadonlyMap<string, number> = new Map([
  ...BOOSTERS.split(' ').map((word) => [word, BOOST] as const),
  ...DAMPENERS.split(' ').map((word) => [word, -BOOST] as const),
  ...['just enough', 'kind of', 'sort of'].map((words) => [words, -BOOST] as const),
])

export const NEGATIONS: ReadonlySet<string> = new Set(
  (
    'aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither neednt never none nope nor not ' +
    'nothing nowhere oughtnt shant shouldnt uhuh uh-uh wasnt werent without wont wouldnt rarely seldom despite'
  ).split(' '),
)

/** Phrases that say something else than their words. */
export const IDIOMS: ReadonlyMap<string, number> = new Map([
  ['the shit', 3],
  ['the bomb', 3],
  ['bad ass', 1.5],
  ['badass', 1.5],
  ['bus stop', 0],
  ['yeah right', -2],
  ['kiss of death', -1.5],
  ['to die for', 3],
  ['beating heart', 3.5],
])

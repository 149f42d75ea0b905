// What becomes of each column before a model learns from it.
export const preparationText = {
  title: 'Columns',
  subtitle: 'What each one is and what it becomes before the model learns from it; what you leave alone is as usual for the algorithm',
  unreadable: 'The features below are not valid JSON, so their columns cannot be shown.',
  filter: 'Filter columns',
  onlyChanged: 'Only changed ones',
  counts: (shown: number, of: number, changed: number) =>
    `${shown === of ? `${of}` : `${shown} of ${of}`} columns, ${changed} prepared otherwise than usual`,
  showAll: (count: number) => `Show all ${count} columns`,
  nothing: 'No column fits.',
  usual: (what: string) => `as usual: ${what}`,
  usualChoice: (what: string) => `As usual (${what})`,
  changed: 'changed',
  wrong: (count: number) => (count === 1 ? '1 mistake' : `${count} mistakes`),
  gone: 'is no feature any more; what it was to become is dropped when you save.',
  reset: 'As usual again',
  type: 'Type',
  typeHint: 'Stored rows that do not fit a changed type are left out of the next training, and counted.',
  types: {
    number: 'Number',
    integer: 'Whole number',
    boolean: 'Yes or no',
    category: 'Category',
    text: 'Free text',
    date: 'Date',
    'date-time': 'Date and time',
  },
  treatment: 'Becomes',
  notNumber: (text: string) => `"${text}" is not a number.`,
  notWhole: (text: string) => `"${text}" is not a whole number.`,
  outside: (low: number, high: number) => `It is a number from ${low} to ${high}.`,
  partsHint: 'None ticked: as usual, which is year, month, day, weekday, and the hour of a date and time.',
  both: 'Give both lengths, or none.',
} as const

/** Kinds of encodings of a category. */
export const encodingWords = {
  'one-hot': 'A column for each value',
  ordinal: 'A number by order',
  target: 'Mean target of each value',
} as const

export const optionWords: Readonly<Record<string, { readonly label: string; readonly short: string; readonly hint?: string }>> = {
  impute: { label: 'Missing values', short: 'missing' },
  fill: { label: 'Fill with', short: 'filled with' },
  indicator: { label: 'Column for missing', short: 'column for missing' },
  scale: { label: 'Scaling', short: 'scale' },
  minCount: { label: 'Rows for a column of its own', short: 'rows for a column', hint: 'Rarer values share one column.' },
  maxCategories: { label: 'Columns at most', short: 'columns at most' },
  missing: { label: 'Missing values', short: 'missing' },
  categories: { label: 'Order of the values', short: 'order', hint: 'One a line, the smallest first; empty: by text, or as in the enum.' },
  unseen: { label: 'Any other value becomes', short: 'others', hint: '"missing", or a number.' },
  smooth: { label: 'Smoothing', short: 'smoothing', hint: "Rows of the overall mean that are mixed into each value's." },
  folds: { label: 'Folds', short: 'folds', hint: 'A training row gets means of the other folds.' },
  parts: { label: 'Parts of the date', short: 'parts' },
  analyzer: { label: 'Terms', short: 'terms' },
  ngramMin: { label: 'Shortest run', short: 'runs from' },
  ngramMax: { label: 'Longest run', short: 'to' },
  lowercase: { label: 'Lower case', short: 'lower case' },
  stripAccents: { label: 'Accents', short: 'accents stripped' },
  stopWords: { label: 'Stop words', short: 'stop words left out' },
  minDf: { label: 'Texts that hold a term, at least', short: 'texts of a term' },
  maxFeatures: { label: 'Terms at most', short: 'terms at most', hint: 'The most frequent stay.' },
  sublinearTf: { label: 'Count of a term', short: 'logarithm of counts' },
}

export const choiceWords: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  impute: {
    mean: 'Mean',
    median: 'Median',
    mode: 'Most frequent value',
    constant: 'A fixed number',
    none: 'Stay missing',
  },
  indicator: { auto: 'When one is missing in training', true: 'Always', false: 'Never' },
  scale: { standard: 'Mean 0, deviation 1', 'min-max': 'From 0 to 1', robust: 'Median 0, by quartiles', none: 'As it is' },
  missing: { column: 'Have a column', none: 'Have none' },
  analyzer: { word: 'Words', char: 'Runs of letters', 'char-wb': 'Runs of letters within words' },
  lowercase: { true: 'Yes', false: 'No: case counts' },
  stripAccents: { unicode: 'Stripped, of every script', ascii: 'Stripped, to ASCII' },
  stopWords: { english: 'English ones left out' },
  sublinearTf: { true: 'Its logarithm', false: 'As it is' },
  parts: {
    year: 'Year',
    month: 'Month',
    day: 'Day of the month',
    weekday: 'Weekday',
    hour: 'Hour',
    dayOfYear: 'Day of the year',
    days: 'Days since 1970',
  },
}

/** What is usual, by who learns. */
export const usualWords = {
  number: { trees: 'as it is, gaps too', sums: 'median where missing, scaled', both: 'as each algorithm reads it' },
  category: { trees: 'split by its values', sums: 'a column for each value', both: 'as each algorithm reads it' },
  date: { trees: 'its parts, gaps too', sums: 'its parts, scaled', both: 'its parts' },
  text: { trees: 'what a linear model of its words says', sums: 'its words and pairs of words', both: 'its words and pairs of words' },
} as const

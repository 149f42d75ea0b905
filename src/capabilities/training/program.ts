// Where the programs of the worker threads stand: .ts from source, .js from dist.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')

/** Pass it to `createThreadPool({ program })`. */
export const TRAINING_PROGRAM: URL = new URL(`./worker${ending}`, import.meta.url)

/** Pass it to `createStreamThread({ program })`. */
export const ROWS_PROGRAM: URL = new URL(`./rows-worker${ending}`, import.meta.url)

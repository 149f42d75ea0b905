// Where the program of the worker threads stands: .ts from source, .js from dist.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')

/** Pass it to `createThreadPool({ program })`. */
export const TRAINING_PROGRAM: URL = new URL(`./worker${ending}`, import.meta.url)

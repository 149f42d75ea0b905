// What happens when standard output or error cannot be written: a command ends, a server serves on.
const TELL_AFTER_MS = 5_000

let isServing = false
let lost = 0
let isTelling = false

/** `tandem models | head -1` closes the pipe early: no failure. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (isServing) noteLost(stream, error)
      else if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      else throw error
    })
  }
}

/** From now on a full disk below the log, or a reader of the log that ended, costs lines and nothing else. */
export function outliveOutput(): void {
  isServing = true
}

function noteLost(stream: NodeJS.WriteStream, { code = 'unknown' }: NodeJS.ErrnoException): void {
  lost++
  // Nobody reads this pipe again.
  if (code === 'EPIPE') return
  if (isTelling) return
  isTelling = true
  setTimeout(() => {
    isTelling = false
    const msg = `${lost} pieces of output could not be written (${code}); the server served on. Free some disk space, or rotate the log.`
    lost = 0
    stream.write(`${JSON.stringify({ level: 'warn', time: new Date().toISOString(), msg })}\n`)
  }, TELL_AFTER_MS).unref()
}

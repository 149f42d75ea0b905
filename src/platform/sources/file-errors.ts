// Files that cannot be read, by what would help.
import { stat } from 'node:fs/promises'
import { TandemError } from '../../errors.ts'

/** @throws `invalid_config` where there is no such file. */
export async function fileSize(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (found.isFile()) return found.size
  } catch (cause) {
    throw unreadable(path, cause)
  }
  throw unreadable(path, new Error('it is no file'))
}

export function unreadable(path: string, cause: unknown): TandemError {
  const { code, message } = cause as NodeJS.ErrnoException
  const why = code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'the server has no right to read it' : message
  return new TandemError('invalid_config', `The file of the source, ${path}, cannot be read: ${why}.`, { cause })
}

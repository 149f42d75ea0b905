// `tandem models import` and `export`: models of other programs as versions, and versions as files.
import { readFile, writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { ImportVersionOptions, UntypedModelClient } from '../../tandem.ts'
import { UsageError } from './command.ts'
import type { Terminal } from './terminal.ts'

interface ImportValues {
  readonly file?: string
  readonly format?: string
  readonly target?: string
  readonly features?: string
  readonly classes?: string
  readonly activate?: boolean
}

const IMPORTED = ['lightgbm', 'xgboost', 'sklearn', 'onnx', 'json', 'tdm'] as const
const EXPORTED = ['onnx', 'json', 'tdm'] as const

export async function importModel(
  model: UntypedModelClient,
  { file, format, target, features, classes, activate }: ImportValues,
  terminal: Terminal,
): Promise<number> {
  if (file === undefined) throw new UsageError('Say which file: tandem models import NAME --file FILE')
  const bytes = await readFile(resolve(terminal.cwd, file)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new UsageError(`There is no file ${file}.`) : error
  })
  const options: ImportVersionOptions = {
    ...(format === undefined ? {} : { format: oneOf(IMPORTED, format) }),
    ...(target === undefined ? {} : { target }),
    ...(features === undefined ? {} : { features: features.split(',').map((name) => name.trim()) }),
    ...(classes === undefined ? {} : { classes: classes.split(',').map((label) => label.trim()) }),
    ...(activate === true ? { activate: 'always' as const } : {}),
  }
  const version = await model.importVersion(bytes, options)
  if (terminal.json) terminal.printJson(version)
  else terminal.print(`${model.name} has version ${version.version} (${version.algorithm}). ${version.gate.reason}`)
  return 0
}

export async function exportModel(
  model: UntypedModelClient,
  version: string,
  { out, format }: { readonly out?: string; readonly format?: string },
  terminal: Terminal,
): Promise<number> {
  if (out === undefined) throw new UsageError('Say where to: tandem models export NAME --out model.onnx')
  const chosen = oneOf(EXPORTED, format ?? extname(out).slice(1))
  const bytes = await model.exportVersion(version, { format: chosen })
  await writeFile(resolve(terminal.cwd, out), bytes)
  if (terminal.json) terminal.printJson({ model: model.name, version, format: chosen, file: out, bytes: bytes.length })
  else terminal.note(`${model.name} is written to ${out} (${chosen}, ${bytes.length} bytes).`)
  return 0
}

function oneOf<Name extends string>(names: readonly Name[], given: string): Name {
  const found = names.find((name) => name === given)
  if (found === undefined) throw new UsageError(`The format is "${given}". It is one of ${names.join(', ')}.`)
  return found
}

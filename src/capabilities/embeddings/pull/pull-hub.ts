// Brings a model from a hub that speaks Hugging Face's API: the list of files with their hashes, then each file.
import { join } from 'node:path'
import { z } from 'zod'
import { TandemError } from '../../../errors.ts'
import { download } from './download.ts'

export interface HubSource {
  /** Base address, such as https://huggingface.co. */
  readonly hubUrl: string
  readonly repository: string
  /** Branch, tag or commit. Default `main`. */
  readonly revision?: string
  /** The ONNX file; default: the first of the usual names, quantized ones first. */
  readonly file?: string
}

export interface PullProgress {
  readonly file: string
  readonly bytes: number
  readonly of: number | undefined
}

const Listing = z.object({
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().optional(),
      blobId: z.string().optional(),
      lfs: z.object({ sha256: z.string() }).optional(),
    }),
  ),
})

const CONFIGURATION = new Set(['tokenizer.json', 'config.json', 'modules.json', 'sentence_bert_config.json', '1_Pooling/config.json'])
/** Quantized first: a quarter of the bytes and faster, at a cosine of 0.99. */
const GRAPHS = ['model_quantized.onnx', 'model_int8.onnx', 'model_qint8_avx512_vnni.onnx', 'model.onnx'].flatMap((name) => [
  `onnx/${name}`,
  name,
])

/**
 * Brings the files into a folder; those that an earlier try brought whole are left as they are.
 *
 * @throws `network` when the hub cannot be reached or has no such model; `invalid_config` when the model has no ONNX file.
 */
export async function pullFromHub(
  source: HubSource,
  folder: string,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (progress: PullProgress) => void } = {},
): Promise<void> {
  const { repository, revision = 'main' } = source
  const base = source.hubUrl.replace(/\/+$/, '')
  const files = await listFiles(`${base}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`, repository, signal)
  const graph = source.file ?? GRAPHS.find((name) => files.some(({ rfilename }) => rfilename === name))
  if (graph === undefined || !files.some(({ rfilename }) => rfilename === graph)) {
    const onnx = files.map(({ rfilename }) => rfilename).filter((name) => name.endsWith('.onnx'))
    throw new TandemError(
      'invalid_config',
      `${repository} has no ${source.file ?? 'ONNX file of a usual name'}${onnx.length > 0 ? `; it has ${onnx.slice(0, 10).join(', ')}. Name one with --file.` : '. Only models that were exported to ONNX can be used.'}`,
    )
  }
  const wanted = files.filter(({ rfilename }) => CONFIGURATION.has(rfilename) || rfilename === graph || rfilename === `${graph}_data`)
  for (const { rfilename, size, blobId, lfs } of wanted) {
    await download({
      url: `${base}/${repository}/resolve/${encodeURIComponent(revision)}/${rfilename}`,
      path: join(folder, rfilename),
      ...(size === undefined ? {} : { sizeBytes: size }),
      ...(lfs === undefined ? (blobId === undefined ? {} : { gitSha1: blobId }) : { sha256: lfs.sha256 }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (bytes, of) => onProgress?.({ file: rfilename, bytes, of }),
    })
  }
}

async function listFiles(url: string, repository: string, signal: AbortSignal | undefined) {
  const host = URL.parse(url)?.host ?? url
  let response: Response
  try {
    response = await fetch(url, { signal: signal ?? null })
  } catch (error) {
    signal?.throwIfAborted()
    const { message, cause } = error as Error
    throw new TandemError('network', `The hub ${host} could not be reached: ${cause instanceof Error ? cause.message : message}`, {
      cause: error,
    })
  }
  if (response.status === 401 || response.status === 404) {
    throw new TandemError('network', `The hub ${host} has no public model "${repository}" (it answered ${response.status}).`)
  }
  const parsed = Listing.safeParse(response.ok ? await response.json().catch(() => undefined) : undefined)
  if (!parsed.success)
    throw new TandemError('network', `The hub ${host} answered ${response.status} without a list of files for "${repository}".`)
  return parsed.data.siblings
}

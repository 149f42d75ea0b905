// Versions of fine-tuned models as models in service: opened from the register when they are first asked, by the name `model@version`, so that
// an old version can answer while the vectors of a new one are made.
import type { Embedder } from '../../definitions.ts'
import type { EmbeddingBatch, EmbedOptions } from '../../embeddings.ts'
import { TandemError } from '../../errors.ts'
import { decodeTunedFile } from './fine-tune/tuned-file.ts'
import type { TunedModels, TunedTarget } from './fine-tune/tuned-models.ts'
import { createModelSlot, type ModelSlot, type ModelSlotOptions } from './model-slot.ts'
import { createAdapterRuntime } from './runtimes/adapter-runtime.ts'
import { folderOf } from './runtimes/create-runtime.ts'
import type { EmbeddingRuntime } from './runtimes/runtime.ts'
import { createThreadRuntime } from './runtimes/thread-runtime.ts'

export interface TunedSlotsParts extends Pick<ModelSlotOptions, 'modelsDir' | 'clock' | 'idleTimeoutMs' | 'warn'> {
  readonly tuned: Pick<TunedModels, 'resolve' | 'serving' | 'content' | 'refresh'>
  readonly embedders: Readonly<Record<string, Embedder>>
  readonly slots: ReadonlyMap<string, ModelSlot>
  readonly embedBatch: (texts: readonly string[], options: EmbedOptions) => Promise<EmbeddingBatch>
}

export interface TunedSlots {
  /** Undefined for a name that is none of a fine-tuned model in service or of one of its versions. */
  find(name: string): Promise<ModelSlot | undefined>
  /** Those that were asked, and those in service. */
  all(): readonly ModelSlot[]
  close(): Promise<void>
}

/** A version holds its file and a thread; those that were not asked for the longest time go first. */
const MOST_OPEN = 16

export function createTunedSlots(parts: TunedSlotsParts): TunedSlots {
  const { tuned, embedders } = parts
  const open = new Map<string, ModelSlot>()
  const slotOf = (target: TunedTarget): ModelSlot => {
    const known = open.get(target.name)
    if (known !== undefined) {
      open.delete(target.name)
      open.set(target.name, known)
      return known
    }
    const embedder = embedders[target.base] ?? { kind: 'hash' as const }
    const runtime = createTunedRuntime(target, embedder, parts)
    const slot = createModelSlot({
      ...parts,
      isSharedWithPython: false,
      hasFallback: false,
      name: target.name,
      embedder,
      tuned: { base: target.base, runtime },
    })
    open.set(target.name, slot)
    for (const [name, oldest] of open) {
      if (open.size <= MOST_OPEN) break
      open.delete(name)
      void oldest.close()
    }
    return slot
  }
  return {
    async find(name) {
      let target = tuned.resolve(name)
      if (target === undefined) {
        // Another server may have made it.
        await tuned.refresh()
        target = tuned.resolve(name)
      }
      return target && slotOf(target)
    },
    all() {
      for (const target of tuned.serving()) slotOf(target)
      return [...open.values()]
    },
    async close() {
      await Promise.all([...open.values()].map((slot) => slot.close()))
    },
  }
}

function createTunedRuntime(target: TunedTarget, embedder: Embedder, parts: TunedSlotsParts): EmbeddingRuntime {
  const { tuned, slots, embedBatch, modelsDir, idleTimeoutMs } = parts
  let opening: Promise<EmbeddingRuntime> | undefined
  const start = async (): Promise<EmbeddingRuntime> => {
    const base = slots.get(target.base)
    if (base === undefined) {
      throw new TandemError(
        'conflict',
        `${target.name} was made from the model "${target.base}", which is not known here any more. Add it to the config.`,
      )
    }
    const stored = await tuned.content(target)
    const file = decodeTunedFile(stored)
    const { fingerprint } = await base.open()
    if (fingerprint !== file.baseFingerprint) {
      throw new TandemError(
        'conflict',
        `${target.name} was made from "${target.base}" with the fingerprint ${file.baseFingerprint}, which is now ${fingerprint}. Roll back to the base, and fine-tune again.`,
      )
    }
    // Shared, so that each order to the thread does not copy it.
    const bytes = new Uint8Array(new SharedArrayBuffer(stored.byteLength))
    bytes.set(stored)
    const changes = { sha256: target.sha256, bytes }
    if (file.weights.kind === 'table') {
      return createThreadRuntime({ kind: 'static', folder: folderOf(target.base, embedder, modelsDir)!, changes }, { idleTimeoutMs })
    }
    const { dimensions } = file.weights
    return createAdapterRuntime({ changes, dimensions, idleTimeoutMs, encodeBase: (texts) => embedBatch(texts, { model: target.base }) })
  }
  const opened = (): Promise<EmbeddingRuntime> => {
    opening ??= start().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  return {
    open: async () => (await opened()).open(),
    encode: async (texts) => (await opened()).encode(texts),
    async close() {
      await (await opening?.catch(() => undefined))?.close()
    },
  }
}

// Loads the WebAssembly module of the kernels, once a thread.

import { KERNEL_BASE64 } from './kernel-bytes.ts'
import type { Kernels } from './kernels.ts'

export interface WasmMemory {
  readonly buffer: ArrayBufferLike
}

/** What is used of WebAssembly; TypeScript declares it together with browsers only. */
interface WasmNamespace {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly validate: (bytes: Uint8Array) => boolean
}

export function webAssembly(): WasmNamespace | undefined {
  return (globalThis as { WebAssembly?: WasmNamespace }).WebAssembly
}

let compiled: object | null | undefined

/** The module, or undefined where WebAssembly, its vectors or shared memory are missing. */
export function compiledKernels(): object | undefined {
  if (compiled === undefined) compiled = typeof SharedArrayBuffer === 'undefined' ? null : compileModule(KERNEL_BASE64)
  return compiled ?? undefined
}

/** A module from base64; null where WebAssembly, or something that the module asks for, is missing. */
export function compileModule(base64: string): object | null {
  const engine = webAssembly()
  if (!engine) return null
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return engine.validate(bytes) ? new engine.Module(bytes) : null
}

const atWork = new WeakMap<WasmMemory, Kernels>()

/** The kernels of the module at work on a memory. */
export function wasmKernels(memory: WasmMemory): Kernels {
  const known = atWork.get(memory)
  if (known !== undefined) return known
  const module = compiledKernels()
  if (!module) throw new Error('This thread has no WebAssembly, but was given its memory.')
  const { exports } = new (webAssembly()!.Instance)(module, { env: { memory } })
  atWork.set(memory, exports as Kernels)
  return exports as Kernels
}

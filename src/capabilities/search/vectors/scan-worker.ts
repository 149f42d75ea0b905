// The program of a thread that scans vectors.

import { parentPort } from 'node:worker_threads'
import { VectorMemory } from '../../../algorithms/vector/vector-memory.ts'
import { cloneError } from '../../../platform/threads/messages.ts'
import { performScanWork } from './perform-scan-work.ts'
import type { FromScanThread, ToScanThread } from './scan-messages.ts'

const memories = new Map<number, VectorMemory>()

parentPort?.on('message', (message: ToScanThread) => {
  if ('open' in message) memories.set(message.open, new VectorMemory(message.handle))
  else if ('close' in message) memories.delete(message.close)
  else answer(message)
})

function answer({ index, work, space, bytes }: Extract<ToScanThread, { readonly work: unknown }>): void {
  let reply: FromScanThread
  try {
    const memory = memories.get(index)!
    // The sender may have grown the memory a moment ago.
    while (memory.refresh(bytes) < bytes);
    reply = { answer: performScanWork(memory, work, space) }
  } catch (error) {
    reply = { failure: cloneError(error, `${work.kind} of vectors`) }
  }
  parentPort?.postMessage(reply)
}

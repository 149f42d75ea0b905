import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { releaseStartMemory } from './start-memory.ts'

test('what the start left behind is collected once the event loop is idle, and not before', async () => {
  const left = new WeakRef({ blob: new Array(1000).fill('start') })
  const until = performance.now() + 300
  releaseStartMemory({ lookEveryMs: 50, idleUtilisation: 0.5 })
  while (performance.now() < until) {
    const turn = performance.now()
    while (performance.now() - turn < 10) JSON.stringify(turn)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(left.deref()).toBeDefined()
  for (let tries = 0; left.deref() !== undefined && tries < 50; tries++) await sleep(50)
  expect(left.deref()).toBeUndefined()
  expect('gc' in globalThis).toBe(process.execArgv.includes('--expose-gc'))
})

// Does the work of a scan thread; the event loop does small scans with it too.

import { createRng } from '../../../algorithms/math/rng.ts'
import { RowScanner, type ScanSpace } from '../../../algorithms/vector/row-scanner.ts'
import { encodeBlocks, meanOfRows, neighbourRanks } from '../../../algorithms/vector/sign-codes.ts'
import type { VectorMemory } from '../../../algorithms/vector/vector-memory.ts'
import type { ScanAnswers, ScanWork } from './scan-messages.ts'

export function performScanWork<Work extends ScanWork>(memory: VectorMemory, work: Work, space: ScanSpace): ScanAnswers[Work['kind']]
export function performScanWork(memory: VectorMemory, work: ScanWork, space: ScanSpace): ScanAnswers[keyof ScanAnswers] {
  const scanner = new RowScanner(memory)
  switch (work.kind) {
    case 'scan':
      return scanner.scan(work.queries, work.part, space)
    case 'mean':
      return meanOfRows(memory)
    case 'encode':
      encodeBlocks(memory, work.from, work.to)
      return null
    case 'ranks':
      return neighbourRanks(memory, scanner, space, { rng: createRng(work.seed), queries: work.queries })
  }
}

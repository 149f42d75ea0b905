// The kernels of the vector index. Pointers are byte offsets into the one imported memory; src/algorithms/vector/plain-kernels.ts holds
// their twins in TypeScript, which give the same bytes. The build compiles them twice: with relaxed vectors, which multiply 16 bytes in
// one instruction, and with plain ones. Products are summed as whole numbers, so no order of adding can change a score.

export { encodeRows, scanCodes, scanListedCodes } from './codes'
export { quantiseRow } from './quantise'
export { rescore, scanListedRows, scanRows } from './rows'
export { listBits, slotsOfKeys } from './slots'

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { DATATYPES } from './datatype.ts'
import { encodeMessage, splitMessage } from './message.ts'
import { decodeTensors, type Tensor } from './tensor.ts'

interface Recorded {
  readonly name: string
  readonly headBytes: number | null
  readonly body: string
  readonly tensors: readonly { readonly name: string; readonly shape: number[]; readonly datatype: string; readonly values: unknown[] }[]
}

// Bytes of tritonclient 2.73.0 with numpy 2.4.6, made by fixtures/make.py, seed 7.
const recorded: readonly Recorded[] = JSON.parse(readFileSync(new URL('fixtures/tritonclient.json', import.meta.url), 'utf8'))

function refusal(work: () => unknown): { readonly code: string; readonly message: string } {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('was not refused')
}

const decode = (entry: object, tail: Uint8Array = new Uint8Array()) => decodeTensors([{ name: 'x', ...entry }], tail, 'inputs')
const decodeBytes = (datatype: string, shape: number[], bytes: Uint8Array) =>
  decode({ datatype, shape, parameters: { binary_data_size: bytes.length } }, bytes)

describe('tensors', () => {
  test.each(recorded)('equal what tritonclient wrote: $name', ({ headBytes, body, tensors }) => {
    const { head, tail } = splitMessage(Buffer.from(body, 'base64'), headBytes === null ? undefined : String(headBytes))
    const decoded = decodeTensors(JSON.parse(head.toString()).inputs, tail, 'inputs')
    const shown = decoded.map(({ data, ...tensor }) => ({ ...tensor, values: [...data] }))
    expect(shown).toEqual(
      tensors.map((tensor) => (tensor.datatype === 'BOOL' ? { ...tensor, values: tensor.values.map((value) => (value ? 1 : 0)) } : tensor)),
    )
  })

  test.each(DATATYPES.filter((datatype) => datatype !== 'FP16'))(
    'of %s come back as they were written, as JSON and as bytes',
    (datatype) => {
      const data =
        datatype === 'BYTES' ? ['', 'a', 'ü☃'] : datatype.startsWith('FP') ? Float64Array.of(-1.5, 0, 3.25) : Float64Array.of(1, 0, 1)
      const tensor: Tensor = { name: 'x', shape: [3, 1], datatype, data }
      for (const isBinary of [false, true]) {
        const { body, headBytes } = encodeMessage({ id: '7' }, 'outputs', [tensor], () => isBinary)
        const { head, tail } = splitMessage(body, headBytes === undefined ? undefined : String(headBytes))
        const parsed = JSON.parse(head.toString())
        expect(parsed.id).toBe('7')
        const [back] = decodeTensors(parsed.outputs, tail, 'outputs')
        expect({ ...back, data: [...back!.data] }).toEqual({ ...tensor, data: [...data] })
      }
    },
  )

  test('may be nested as their shape, or flat', () => {
    const shape = [2, 3]
    const flat = decode({ datatype: 'FP64', shape, data: [1, 2, 3, 4, 5, 6] })
    expect(
      decode({
        datatype: 'FP64',
        shape,
        data: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
    ).toEqual(flat)
    expect(
      refusal(() =>
        decode({
          datatype: 'FP64',
          shape,
          data: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        }),
      ).message,
    ).toContain('2 at depth 1')
    expect(refusal(() => decode({ datatype: 'FP64', shape, data: [[1, 2, 3], 4] })).message).toContain('[2, 3]')
  })

  test('hold null as NaN where numbers may be missing, and nowhere else', () => {
    expect(decode({ datatype: 'FP32', shape: [2], data: [1, null] })[0]!.data[1]).toBeNaN()
    expect(decode({ datatype: 'BYTES', shape: [2], data: ['a', null] })[0]!.data).toEqual(['a', null])
    expect(refusal(() => decode({ datatype: 'INT32', shape: [2], data: [1, null] })).message).toContain('data[1]')
  })

  test.each([
    [{ datatype: 'FP64', shape: [3], data: [1, 2] }, 'has 3 elements, but data has 2'],
    [{ datatype: 'FP64', shape: [-1], data: [1] }, 'shape must be'],
    [{ datatype: 'FP64', shape: [2 ** 30, 2 ** 30], data: [1] }, 'shape must be'],
    [{ datatype: 'FP128', shape: [1], data: [1] }, 'datatype must be one of BOOL'],
    [{ datatype: 'INT32', shape: [1], data: [1.5] }, 'a whole number from -2147483648'],
    [{ datatype: 'UINT8', shape: [1], data: [256] }, 'from 0 to 255'],
    [{ datatype: 'FP32', shape: [1], data: [1e39] }, 'got 1e+39'],
    [{ datatype: 'BOOL', shape: [1], data: [2] }, 'true or false'],
    [{ datatype: 'BYTES', shape: [1], data: [2] }, 'must be a text'],
    [{ datatype: 'FP64', shape: [1], data: ['1'] }, 'got 1'],
    [{ datatype: 'FP64', shape: [1] }, 'neither data nor parameters.binary_data_size'],
    [{ datatype: 'FP64', shape: [1], data: [1], parameters: { binary_data_size: 8 } }, 'has both data'],
    [{ datatype: 'FP64', shape: [1], parameters: { binary_data_size: -8 } }, 'a number of bytes'],
    [{ datatype: 'FP64', shape: [1], data: { 0: 1 } }, 'must be an array'],
    [{ name: '', datatype: 'FP64', shape: [1], data: [1] }, 'name must be'],
  ])('that do not follow the protocol are refused: %j', (entry, words) => {
    const { code, message } = refusal(() => decode(entry))
    expect(['invalid_input', 'malformed_body']).toContain(code)
    expect(message).toContain(words)
  })

  test('of one name twice, none at all, or no array are refused', () => {
    const one = { name: 'x', datatype: 'FP64', shape: [1], data: [1] }
    expect(refusal(() => decodeTensors([one, one], new Uint8Array(), 'inputs')).message).toContain('another tensor')
    for (const value of [[], undefined, {}, 'x', [null], [3]]) {
      expect(refusal(() => decodeTensors(value, new Uint8Array(), 'inputs')).code).toBe('invalid_input')
    }
  })

  test('in bytes must have the bytes of their shape', () => {
    expect(refusal(() => decodeBytes('FP64', [2], new Uint8Array(15))).message).toContain('16 bytes')
    expect(refusal(() => decodeBytes('BOOL', [2], Uint8Array.of(1, 2))).message).toContain('0 or 1')
    expect(refusal(() => decodeBytes('INT64', [1], new Uint8Array(8).fill(127))).message).toContain('2^53')
    expect(refusal(() => decodeBytes('BYTES', [1], Uint8Array.of(9, 0, 0, 0, 65))).message).toContain('ends behind')
    expect(refusal(() => decodeBytes('BYTES', [1], Uint8Array.of(1, 0))).message).toContain('ends behind')
    expect(refusal(() => decodeBytes('BYTES', [1], Uint8Array.of(1, 0, 0, 0, 255))).message).toContain('UTF-8')
    expect(refusal(() => decodeBytes('BYTES', [2], Uint8Array.of(1, 0, 0, 0, 65))).message).toContain('hold 1 texts')
    expect(refusal(() => decodeBytes('BYTES', [0], Uint8Array.of(0, 0, 0, 0))).message).toContain('more than 0')
  })

  test('cut short or followed by more bytes are malformed', () => {
    const entry = { datatype: 'FP64', shape: [2], parameters: { binary_data_size: 16 } }
    expect(refusal(() => decode(entry, new Uint8Array(10)))).toMatchObject({
      code: 'malformed_body',
      message: expect.stringContaining('10'),
    })
    expect(refusal(() => decode(entry, new Uint8Array(20)))).toMatchObject({
      code: 'malformed_body',
      message: expect.stringContaining('20'),
    })
  })

  // Property: whatever the cut, an answer or a named refusal, never anything else.
  test('of a message cut at any byte, or split at any byte, are refused by name', () => {
    const { body, headBytes } = recorded.find(({ name }) => name === 'features, binary')!
    const whole = Buffer.from(body, 'base64')
    const read = (bytes: Buffer, at: number): unknown => {
      const { head, tail } = splitMessage(bytes, String(at))
      let parsed: { inputs: unknown }
      try {
        parsed = JSON.parse(head.toString())
      } catch {
        throw new TandemError('malformed_body', 'no JSON')
      }
      return decodeTensors(parsed.inputs, tail, 'inputs')
    }
    for (let end = 0; end < whole.length; end++) expect(refusal(() => read(whole.subarray(0, end), headBytes!)).code).toMatch(/^(mal|inv)/)
    for (let at = 0; at <= whole.length; at++) if (at !== headBytes) expect(refusal(() => read(whole, at)).code).toMatch(/^(mal|inv)/)
  })
})

describe('a message', () => {
  test.each(['', '-1', '0', '4', '1e1', 'abc', '99999999999999999999'])('of 3 bytes with the header length %j is malformed', (length) => {
    expect(refusal(() => splitMessage(Buffer.from('{}\n'), length))).toMatchObject({ code: 'malformed_body' })
  })
})

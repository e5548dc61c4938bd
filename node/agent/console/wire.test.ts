import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConsoleInput, ConsoleOutput } from '../port.ts'
import { decodeInput, decodeOutput, encodeConsole } from './wire.ts'

test('bytes travel as they are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const travelled = encodeConsole({ type: 'data', bytes })
      for (const decode of [decodeInput, decodeOutput]) expect(decode(travelled)).toEqual({ type: 'data', bytes })
    }),
  )
})

test.each<ConsoleInput>([
  { type: 'resize', cols: 80, rows: 24 },
  { type: 'ack', bytes: 7 },
])('%j of a viewer', (message) => {
  expect(decodeInput(encodeConsole(message))).toEqual(message)
})

test.each<ConsoleOutput>([
  { type: 'opened', session: 's', host: 'a', node: 'r1', offset: 3 },
  { type: 'size', cols: 80, rows: 24 },
  { type: 'taken', bytes: 9 },
  { type: 'exit', code: 137 },
])('%j to a viewer', (message) => {
  expect(decodeOutput(encodeConsole(message))).toEqual(message)
})

test.each(['{"type":"later"}', '{"type":"resize","cols":0,"rows":24}', '[]', 'null'])('%s is left out', (text) => {
  expect(decodeInput(Buffer.from(`\x01${text}`))).toBeUndefined()
})

test('what is no JSON is refused', () => {
  expect(() => decodeInput(Buffer.from('\x01{'))).toThrow('no JSON')
})

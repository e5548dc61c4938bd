import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLogger } from './log.ts'
import { createLogTail } from './log-tail.ts'

test('the last whole lines are kept, as many as fit', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 110 }), { maxLength: 3_000 }), (lengths) => {
      const tail = createLogTail(100)
      const lines = lengths.map((length, at) => `${at % 10}${'x'.repeat(length)}\n`)
      for (const line of lines) tail.keep(line)
      let expected = ''
      for (const line of lines.toReversed()) {
        if (expected.length + line.length > 100) break
        expected = line + expected
      }
      expect(tail.text()).toBe(expected)
    }),
    { numRuns: 50 },
  )
})

test('a logger has its lines kept as JSON, without what it takes for secret', () => {
  const [tail, shown]: [ReturnType<typeof createLogTail>, string[]] = [createLogTail(), []]
  const stream = { write: (line: string) => void shown.push(line) }
  createLogger({ level: 'info', stream, pretty: true, keep: tail.keep }).info(
    { password: 'hunter2', lab: 'one' },
    'done',
  )
  expect(JSON.parse(tail.text())).toMatchObject({ level: 'info', password: '[secret]', lab: 'one', msg: 'done' })
  expect(shown.join('')).toMatch(/info.*done.*lab=one/)
})

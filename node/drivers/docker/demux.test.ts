import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDemux } from './demux.ts'

const frame = (type: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(8)
  header[0] = type
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

test('frames come out whole wherever the stream is cut', () => {
  const frames = fc.array(fc.record({ type: fc.constantFrom(1, 2), payload: fc.uint8Array({ maxLength: 40 }) }), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 600 })), (sent, cuts) => {
      const wire = Buffer.concat(sent.map(({ type, payload }) => frame(type, Buffer.from(payload))))
      const got = { stdout: '', stderr: '' }
      const feed = createDemux((stream, chunk) => {
        got[stream] += chunk.toString('hex')
      })
      const places = [0, ...cuts.map((cut) => Math.min(cut, wire.length)).toSorted((a, b) => a - b), wire.length]
      for (const [i, from] of places.entries()) feed(wire.subarray(from, places[i + 1]))
      const sentTo = (type: number): string =>
        sent
          .filter((one) => one.type === type)
          .map(({ payload }) => Buffer.from(payload).toString('hex'))
          .join('')
      expect(got).toEqual({ stdout: sentTo(1), stderr: sentTo(2) })
    }),
    { numRuns: 200 },
  )
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, FrameError, frameDecoder, fromJsonBytes, toJsonBytes } from './frames.ts'

const cutAt = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => bytes.subarray(at[index] ?? 0, end))
}

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (payloads, cuts) => {
          const decode = frameDecoder(40)
          const wire = new Uint8Array(Buffer.concat(payloads.map(encodeFrame)))
          const out = cutAt(wire, cuts).flatMap((chunk) => decode(chunk))
          expect(out.map((frame) => [...frame])).toEqual(payloads.map((payload) => [...payload]))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('are refused by their header when too long, before they arrive', () => {
    const decode = frameDecoder(10)
    expect(() => decode(new Uint8Array([0, 0, 0, 11]))).toThrow(FrameError)
    expect(() => frameDecoder(10)(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1]))).toThrow(FrameError)
  })

  it('carry JSON and nothing else', () => {
    expect(fromJsonBytes(toJsonBytes({ a: [1, 'ü'] }))).toEqual({ a: [1, 'ü'] })
    expect(fromJsonBytes(toJsonBytes(undefined))).toBeNull()
    for (const bytes of [[], [0x7b], [0xff]]) expect(() => fromJsonBytes(new Uint8Array(bytes))).toThrow(FrameError)
  })
})

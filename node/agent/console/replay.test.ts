import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Replay } from './replay.ts'

const readAll = (replay: Replay, from: number): number[] => {
  const all: number[] = []
  for (let at = from; at < replay.end; ) {
    const piece = replay.read(at, 5)
    all.push(...piece)
    at += piece.length
  }
  return all
}

test('the last bytes are there, from any place that is kept', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 16 }),
      fc.nat(),
      (pieces, size, at) => {
        const replay = new Replay(size)
        for (const piece of pieces) replay.add(piece)
        const all = pieces.flatMap((piece) => [...piece])
        const start = Math.max(0, all.length - size)
        expect([replay.start, replay.end]).toEqual([start, all.length])
        const from = start + (at % (all.length - start + 1))
        expect(readAll(replay, from)).toEqual(all.slice(from))
      },
    ),
  )
})

test('what was read stays what it was', () => {
  const replay = new Replay(4)
  replay.add(Buffer.from('abcd'))
  const read = replay.read(0, 4)
  replay.add(Buffer.from('efgh'))
  expect(Buffer.from(read).toString()).toBe('abcd')
  expect(replay.read(8, 4)).toHaveLength(0)
})

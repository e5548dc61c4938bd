import { expect, it } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { benchHost } from '#testing/engine-bench.ts'
import { leadingBench } from '#testing/log-bench.ts'
import { useVirtualTime } from '#testing/virtual-time.ts'
import type { PeerPathsView } from '../port.ts'
import { Ways } from './ways.ts'

const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]
const path = (name: string): PeerPathsView => ({
  ...{ name, inUse: 'primary', chosen: null, endpoint: '192.0.2.2:51820', handshakeAgeMs: 5 },
  paths: [{ path: 'primary', address: '192.0.2.2', condition: 'not probed', rttMs: null, loss: null }],
})

const setup = async (answer: (host: HostId) => Promise<unknown>) => {
  const { bench } = await leadingBench([a, b, c])
  const asked: HostId[] = []
  let nowMs = 0
  const ways = new Ways({
    engine: bench.engine,
    clock: { monotonicMs: () => nowMs },
    paths: async () => [path('b'), path('c')],
    roundTripsMs: () => new Map([['b', 1.5]]),
    certificateEndMs: 1_000,
    request: (host) => {
      asked.push(host)
      return answer(host)
    },
  })
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { ways, asked, pass }
}

useVirtualTime()

it('every host tells its own; one that cannot be asked is shown as such', async () => {
  const told = { certificateEndMs: 7, ways: [{ ...path('a'), roundTripMs: 2 }] }
  const { ways } = await setup(async (host) => {
    if (host === c.id) throw new Error(`no way to ${c.id}`)
    return told
  })
  expect(await ways.everywhere()).toEqual([
    {
      host: 'a',
      certificateEndMs: 1_000,
      ways: [
        { ...path('b'), roundTripMs: 1.5 },
        { ...path('c'), roundTripMs: null },
      ],
    },
    { host: 'b', ...told },
    { host: 'c', certificateEndMs: null, ways: [], unreachable: 'no way to c' },
  ])
})

it('what is no answer is none; what a later version tells besides is left out', async () => {
  const { ways } = await setup(async (host) =>
    host === b.id
      ? { certificateEndMs: 'soon' }
      : {
          certificateEndMs: null,
          more: 1,
          ways: [{ ...path('a'), roundTripMs: null, paths: [{ ...path('a').paths[0], condition: 'superb' }] }],
        },
  )
  const [, ofB, ofC] = await ways.everywhere()
  expect(ofB).toMatchObject({ host: 'b', ways: [], unreachable: expect.any(String) })
  expect(ofC?.ways[0]?.paths[0]?.condition).toBe('unknown')
  expect(ofC).not.toHaveProperty('more')
})

it('many who ask at once cost one question to each host', async () => {
  const { ways, asked, pass } = await setup(async () => ({ certificateEndMs: null, ways: [] }))
  await Promise.all([ways.everywhere(), ways.everywhere()])
  pass(1_400)
  await ways.everywhere()
  expect(asked).toHaveLength(2)
  pass(200)
  await ways.everywhere()
  expect(asked).toHaveLength(4)
})

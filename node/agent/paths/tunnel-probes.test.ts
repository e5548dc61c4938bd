import { describe, expect, test } from 'vitest'
import type { RosterEntry } from '#core/model/record.ts'
import { createLogger } from '#platform/log.ts'
import { benchHost, rosterOf } from '#testing/engine-bench.ts'
import { vtep } from '#testing/network-samples.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { TunnelProbes } from './tunnel-probes.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
/** The one whose place b took: it has b's name and address, and another key. */
const former: RosterEntry = { ...b.entry, id: benchHost('former b', 2).id, state: 'removed' }
const PORT = 4801

/** Two hosts with a tunnel between them; what one sends the other hears at once, unless `cut`. */
const setup = (hosts: readonly RosterEntry[]) => {
  const wire = { isCut: false }
  const ears = new Map<string, (bytes: Uint8Array, from: { address: string; port: number }) => void>()
  const probesOf = (self: typeof a, other: typeof a): TunnelProbes =>
    new TunnelProbes({
      engine: { self: self.id, roster: { ...rosterOf([a, b], [a]), hosts } },
      clock: virtualClock,
      log: createLogger({ level: 'silent' }),
      port: PORT,
      wanted: () => [vtep('net1', 4_096, { remotes: [other.entry.overlayAddress] })],
      open: async (onMessage) => {
        ears.set(self.entry.overlayAddress, onMessage)
        const from = { address: self.entry.overlayAddress, port: PORT }
        return {
          send: (bytes, to) => void (wire.isCut || ears.get(to.address)?.(bytes, from)),
          close: () => void ears.delete(self.entry.overlayAddress),
        }
      },
    })
  const [ofA, ofB] = [probesOf(a, b), probesOf(b, a)]
  for (const one of [ofA, ofB]) one.start()
  return { wire, ears, ofA, ofB }
}

describe('probes through tunnels', () => {
  useVirtualTime()

  test.each([
    { which: 'two hosts', hosts: [a.entry, b.entry] },
    { which: 'a host whose former self is listed before it', hosts: [a.entry, former, b.entry] },
    { which: 'a host whose former self is listed after it', hosts: [a.entry, b.entry, former] },
  ])('$which: a tunnel is silent while nothing passes it, and only then', async ({ hosts }) => {
    const { wire, ofA, ofB } = setup(hosts)
    const silent = () => [ofA.isSilent(b.id), ofB.isSilent(a.id)]
    await pass(12_000)
    expect(silent()).toEqual([false, false])
    wire.isCut = true
    await pass(6_000)
    expect(silent()).toEqual([true, true])
    wire.isCut = false
    await pass(2_000)
    expect(silent()).toEqual([false, false])
  })

  test('whoever is no member is not answered', async () => {
    const { ears } = setup([a.entry, former])
    await pass(1_000)
    const heard = ears.get(a.entry.overlayAddress)
    let answers = 0
    ears.set(former.overlayAddress, () => {
      answers += 1
    })
    const ask = Buffer.alloc(17)
    ask.write('skt1', 'latin1')
    heard?.(ask, { address: former.overlayAddress, port: PORT })
    expect(answers).toBe(0)
  })

  test('it stops with its agent', async () => {
    const { ears, ofA } = setup([a.entry, b.entry])
    await pass(1_000)
    expect(ears.has(a.entry.overlayAddress)).toBe(true)
    ofA.stop()
    expect(ears.has(a.entry.overlayAddress)).toBe(false)
  })
})

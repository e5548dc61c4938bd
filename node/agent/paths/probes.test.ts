import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { createWireguardKeys } from '#identity/keys.ts'
import { type PathKeys, readPathKeys } from '#identity/path-key.ts'
import type { Remote } from '#platform/datagrams.ts'
import { createLogger } from '#platform/log.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { encodePathMessage, tagOf } from './messages.ts'
import { PathProbes, type PathProbesOptions } from './probes.ts'

const folder = mkdtempSync(join(tmpdir(), 'skein-paths-'))
afterAll(() => rmSync(folder, { recursive: true }))
const wireguard = (name: string) => {
  const { publicKey, privateKey } = createWireguardKeys()
  const privateKeyFile = join(folder, name)
  writeFileSync(privateKeyFile, `${privateKey}\n`)
  return { publicKey, privateKeyFile }
}
const NAMES = ['a', 'b', 'c'] as const
const KEYS = { a: wireguard('a'), b: wireguard('b'), c: wireguard('c') }

const entry = (name: (typeof NAMES)[number], secondary?: readonly string[]): RosterEntry => ({
  id: name as HostId,
  name,
  role: 'core',
  addresses: [`1/${name}`],
  ...(secondary === undefined ? {} : { secondary }),
  port: 4801,
  wgPublicKey: KEYS[name].publicKey,
  wgPort: 51_820,
  overlayAddress: '',
  state: 'admitted',
})
const ROSTER = [entry('a', ['2/a']), entry('b', ['2/b']), entry('c')]

test('both ends of a pair have the same key, and no other pair has it', async () => {
  const [a, b, c] = await Promise.all(NAMES.map((name) => readPathKeys({ wireguard: KEYS[name] })))
  expect(a?.(KEYS.b.publicKey)).toEqual(b?.(KEYS.a.publicKey))
  expect(a?.(KEYS.c.publicKey)).not.toEqual(b?.(KEYS.c.publicKey))
  expect(() => a?.('AAAA')).toThrow()
  expect(c?.(KEYS.a.publicKey)).toHaveLength(32)
})

describe('probes', () => {
  useVirtualTime()
  let keys: Readonly<Record<string, PathKeys>>
  beforeAll(async () => {
    keys = {
      a: await readPathKeys({ wireguard: KEYS.a }),
      b: await readPathKeys({ wireguard: KEYS.b }),
      c: await readPathKeys({ wireguard: KEYS.c }),
    }
  })

  /** Hosts on a wire whose addresses are `network/host`; a network may be cut. */
  const wire = (roster: () => readonly RosterEntry[] = () => ROSTER) => {
    const cut = new Set<string>()
    const ears = new Map<string, (bytes: Uint8Array, from: Remote) => void>()
    const news: { at: string; host: string; type: string; to: string }[] = []
    const counted: string[] = []
    const hosts = Object.fromEntries(
      NAMES.map((name) => {
        const options: PathProbesOptions = {
          self: name as HostId,
          config: { probeMs: 250, lost: 3, good: 20 },
          clock: virtualClock,
          log: createLogger({ level: 'silent' }),
          roster,
          keys: async () => keys[name] ?? (() => Buffer.alloc(0)),
          open: async (onMessage) => {
            ears.set(name, onMessage)
            return {
              send: (bytes, { address }) => {
                const [network = '', to = ''] = address.split('/')
                const from = { address: `${network}/${name}`, port: 4801 }
                if (!cut.has(network)) setTimeout(() => ears.get(to)?.(bytes, from), 1)
              },
              close: () => ears.delete(name),
            }
          },
          random: () => 0.5,
          count: (code) => counted.push(code),
          onNews: (one) => news.push({ at: name, host: one.host, type: one.type, to: one.to }),
        }
        return [name, new PathProbes(options)]
      }),
    )
    return { cut, ears, news, counted, hosts }
  }

  test('move both ends to the second network when the first is cut, and back; a host with one network stays out', async () => {
    const { cut, ears, news, hosts } = wire()
    for (const host of Object.values(hosts)) host.start()
    await pass(2_000)
    expect([...ears.keys()].toSorted()).toEqual(['a', 'b'])
    expect([hosts.a?.chosen('b' as HostId), hosts.a?.states('c' as HostId)]).toEqual(['primary', undefined])
    cut.add('1')
    await pass(1_500)
    expect([hosts.a?.chosen('b' as HostId), hosts.b?.chosen('a' as HostId)]).toEqual(['secondary', 'secondary'])
    cut.clear()
    await pass(8_000)
    expect([hosts.a?.chosen('b' as HostId), hosts.b?.chosen('a' as HostId)]).toEqual(['primary', 'primary'])
    const ofA = news.filter(({ at, type }) => at === 'a' && type === 'switched')
    expect(ofA.map(({ to }) => to)).toEqual(['primary', 'secondary', 'primary'])
    for (const host of Object.values(hosts)) host.stop()
    expect(ears.size).toBe(0)
  })

  test('are not moved by a stranger, by another member, or by what was said before', async () => {
    const { ears, news, counted, hosts, cut } = wire()
    const heard: Uint8Array[] = []
    hosts.a?.start()
    hosts.b?.start()
    await pass(1_000)
    const toA = ears.get('a')
    ears.set('a', (bytes, from) => {
      heard.push(bytes)
      toA?.(bytes, from)
    })
    await pass(500)
    const before = news.length
    cut.add('1').add('2')
    // So that probes are open which a lie could answer.
    await pass(600)
    const from = { address: '2/b', port: 1 }
    const session = Buffer.alloc(8)
    for (let round = 1; round < 200; round += 1)
      for (const key of [Buffer.alloc(32), keys.c?.(KEYS.a.publicKey) ?? Buffer.alloc(32)]) {
        const lie = { kind: 'answer', path: 'secondary', told: 'secondary', session, round } as const
        toA?.(encodePathMessage(lie, tagOf(KEYS.b.publicKey), key), from)
        toA?.(encodePathMessage(lie, tagOf(KEYS.c.publicKey), key), from)
      }
    for (const bytes of heard) toA?.(bytes, from)
    // Of the right peer, but for another process than this one.
    const key = keys.b?.(KEYS.a.publicKey) ?? Buffer.alloc(32)
    for (let round = 1; round < 20; round += 1) {
      const old = { kind: 'answer', path: 'secondary', told: 'secondary', session, round } as const
      toA?.(encodePathMessage(old, tagOf(KEYS.b.publicKey), key), from)
    }
    toA?.(Buffer.from('hello'), from)
    expect(news.length).toBe(before)
    expect(hosts.a?.chosen('b' as HostId)).toBe('primary')
    expect(counted.filter((code) => code === 'PATH_PROBE_UNPROVED').length).toBeGreaterThan(700)
    for (const host of Object.values(hosts)) host.stop()
  })

  test('begin when both hosts have a second network, and end when one has it no more', async () => {
    let roster = [entry('a', ['2/a']), entry('b')]
    const { ears, hosts } = wire(() => roster)
    for (const name of ['a', 'b']) hosts[name]?.start()
    await pass(1_000)
    expect(ears.size).toBe(0)
    roster = [entry('a', ['2/a']), entry('b', ['2/b'])]
    await pass(2_000)
    expect(hosts.a?.states('b' as HostId)?.secondary.condition).toBe('good')
    roster = [entry('a'), entry('b', ['2/b'])]
    await pass(100)
    expect([hosts.a?.states('b' as HostId), hosts.a?.chosen('b' as HostId)]).toEqual([undefined, undefined])
    for (const host of Object.values(hosts)) host.stop()
  })
})

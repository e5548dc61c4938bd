import { describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry, SignedRecord } from '#core/model/record.ts'
import { digestOf } from '#core/record/digest.ts'
import { merge, recordId } from '#core/record/merge.ts'
import { createKeys, type Keys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { rosterEntry } from '#testing/samples.ts'
import { createMemoryNetwork, type MemoryNetwork } from './memory-mesh.ts'
import type { Mesh } from './mesh.ts'

interface Seat {
  readonly keys: Keys
  readonly mesh: Mesh
  readonly held: Map<string, SignedRecord>
  readonly raft: unknown[]
  readonly events: string[]
}

const entry = ({ id }: Keys): RosterEntry => rosterEntry(id, { role: 'core' })

function seat(network: MemoryNetwork, keys: Keys, roster: () => readonly RosterEntry[]): Seat {
  const held = new Map<string, SignedRecord>()
  const raft: unknown[] = []
  const events: string[] = []
  const silent = (): void => undefined
  const certificate = ''
  const mesh = network.createMesh({
    identity: {
      id: keys.id,
      name: 'x',
      role: 'core',
      meshId: 'm',
      epoch: 1,
      keys,
      certificate,
      caCertificate: '',
      wireguard: { publicKey: '', privateKeyFile: '' },
    },
    protocol: 1,
    meshId: 'm',
    listen: { port: 0 },
    roster,
    records: { digest: () => digestOf(held.values()), get: (ids) => ids.flatMap((id) => held.get(id) ?? []) },
    onRecord: (record) => {
      const known = held.get(recordId(record))
      const winner = merge(known, record)
      held.set(recordId(record), winner)
      return winner === known ? 'ignore' : 'accept'
    },
    onPeer: (_, connected) => void events.push(connected ? 'up' : 'down'),
    onProbe: silent,
    onHeard: silent,
    onRefused: silent,
    onRaft: (_, message) => void raft.push(message),
    onRequest: (_, name) =>
      name === 'fail' ? Promise.reject(new MeshError('NO_QUORUM', 'no')) : Promise.resolve({ name }),
    onJoin: () => Promise.reject(new MeshError('INTERNAL', 'not here')),
    count: silent,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  return { keys, mesh, held, raft, events }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const intent = (keys: Keys, key: string): SignedRecord =>
  signRecord({ kind: 'intent', key, version: [1], expiresAtMs: 0, body: null }, keys, [1, 1, 1])

async function three(): Promise<{ network: MemoryNetwork; a: Seat; b: Seat; c: Seat }> {
  const network = createMemoryNetwork()
  const keys = [createKeys(), createKeys(), createKeys()] as const
  const roster = keys.map(entry)
  const [a, b, c] = [
    seat(network, keys[0], () => roster),
    seat(network, keys[1], () => roster),
    seat(network, keys[2], () => roster),
  ]
  for (const one of [a, b, c]) await one.mesh.start()
  return { network, a, b, c }
}

describe('memory mesh', () => {
  it('gossips over a host in between, and syncs after a cut', async () => {
    const { network, a, b, c } = await three()
    network.cut(a.keys.id, c.keys.id)
    a.mesh.publish(intent(a.keys, 'one'))
    await settled()
    expect([b.held.size, c.held.size]).toEqual([1, 1])
    network.cut(b.keys.id, c.keys.id)
    a.mesh.publish(intent(a.keys, 'two'))
    await settled()
    expect([b.held.size, c.held.size]).toEqual([2, 1])
    expect(c.mesh.connected()).toEqual([])
    network.heal()
    await settled()
    expect(c.held.size).toBe(2)
    expect(c.events).toEqual(['up', 'up', 'down', 'down', 'up', 'up'])
  })

  it('carries consensus and requests between those that are connected', async () => {
    const { a, b, c } = await three()
    a.mesh.sendRaft(b.keys.id, { at: 1 })
    a.mesh.sendRaft(b.keys.id, { at: 2 })
    await settled()
    expect(b.raft).toEqual([{ at: 1 }, { at: 2 }])
    expect(await a.mesh.request(b.keys.id, 'rpc', {}, 1)).toEqual({ name: 'rpc' })
    await expect(a.mesh.request(b.keys.id, 'fail', {}, 1)).rejects.toMatchObject({ code: 'NO_QUORUM' })
    await c.mesh.stop()
    await expect(a.mesh.request(c.keys.id, 'rpc', {}, 1)).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(a.mesh.connected()).toEqual([b.keys.id] satisfies HostId[])
  })
})

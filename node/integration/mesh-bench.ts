import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach } from 'vitest'
import type { RosterEntry } from '#core/model/record.ts'
import { createKeys, libp2pKey } from '#identity/keys.ts'
import { createTransport, type Transport } from '#mesh/libp2p.ts'
import { protocolsOf } from '#mesh/protocols.ts'
import {
  createAuthority,
  createTestIdentity,
  entryOf,
  freePort,
  type TestAuthority,
  TestHost,
  until,
} from './mesh-support.ts'

// Hosts of one mesh on loopback, for the tests of this folder; importing it also registers what begins and ends each test.

/** Times that let a test end soon. */
export const FAST = { probeMs: 200, syncMs: 1000, seenMs: 1000 }
/** Names of the streams and topics of mesh m1. */
export const PROTOCOLS = protocolsOf(1, 'm1')

/** Signs the hosts of one test; a new one for each. */
export let ca: TestAuthority
/** What the end of a test stops, the last first. */
export const running: { stop(): Promise<void> | void }[] = []

beforeEach(async () => {
  ca = await createAuthority('m1')
})
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
})

/** A host of the mesh, not started. */
export async function host(
  name: string,
  fields: Partial<Parameters<typeof createTestIdentity>[1]> & { authority?: TestAuthority } = {},
): Promise<TestHost> {
  const identity = await createTestIdentity(fields.authority ?? ca, { name, ...fields })
  return new TestHost(identity, await freePort(), FAST)
}

/** Starts hosts; they end with the test. */
export async function start(...hosts: TestHost[]): Promise<void> {
  for (const one of hosts) {
    running.push({ stop: () => one.mesh.stop() })
    await one.mesh.start()
  }
}

/** The roster that names these hosts. */
export const rosterOf = (hosts: readonly TestHost[]): RosterEntry[] =>
  hosts.map((one) => entryOf(one.identity, one.port))

/** Hosts that know each other, connected. */
export async function meshOf(count: number): Promise<TestHost[]> {
  const hosts = await Promise.all(Array.from({ length: count }, (_, at) => host(`h${at}`)))
  for (const one of hosts) one.setRoster(rosterOf(hosts))
  await start(...hosts)
  await allConnected(hosts)
  return hosts
}

/** Resolves when each sees all others. */
export const allConnected = (hosts: readonly TestHost[]): Promise<void> =>
  until('all hosts see each other', () => hosts.every((one) => one.mesh.connected().length === hosts.length - 1))

/** Same keys, same port, same disk. */
export async function restart(old: TestHost): Promise<TestHost> {
  await old.mesh.stop()
  const again = new TestHost(old.identity, old.port, FAST, old.disk)
  await start(again)
  return again
}

/** A bare libp2p with some key, as an attacker would write it. */
export async function stranger(keys = createKeys(), topic = PROTOCOLS.records): Promise<Transport> {
  const transport = await createTransport({
    privateKey: libp2pKey(keys),
    listen: [],
    gater: { denyDialMultiaddr: () => false },
    guard: () => undefined,
    topic,
    seenMs: 1000,
  })
  await transport.start()
  transport.services.pubsub.subscribe(topic)
  running.push(transport)
  return transport
}

/** Where a host listens, with its identity. */
export const addressOf = (one: TestHost) => multiaddr(`/ip4/127.0.0.1/tcp/${one.port}/p2p/${one.id}`)

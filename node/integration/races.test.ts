import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createKeys, createWireguardKeys } from '#identity/keys.ts'
import { decodeToken } from '#identity/token.ts'
import { joinMesh } from '#mesh/join-client.ts'
import { readVersion } from '#platform/host-facts.ts'
import { until } from '#testing/skein-hosts.ts'
import { type CoreHost, type CoreHosts, makeCoreHosts } from './core-hosts.ts'

/** Tokens that are raced for; each takes about 0.3 s. */
const RACES = Number(process.env.RACES ?? 100)
/** A mesh is used for so many, as each leaves a host in the roster. */
const RACES_PER_MESH = 20
const RACERS = 10

/** A way to a port from an address of its own: hosts that join come from different machines, and tries are counted by address. */
const wayFrom = async (address: string, toPort: number): Promise<{ port: number; close(): void }> => {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: toPort, localAddress: address })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const close = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0, close }
}

interface Racer {
  readonly name: string
  /** Where it comes from. */
  readonly address: string
  readonly token: string
  /** In the order it tries them. */
  readonly contacts: readonly CoreHost[]
}

/** How joining ended: `joined`, or the code of the refusal. */
const race = async ({ name, address, token, contacts }: Racer): Promise<string> => {
  const ways = await Promise.all(contacts.map(({ port }) => wayFrom(address, port)))
  const keys = createKeys()
  try {
    const joined = await joinMesh({
      token: {
        ...decodeToken(token),
        contacts: ways.map(({ port }, at) => `/ip4/127.0.0.1/tcp/${port}/p2p/${contacts[at]?.identity.id ?? ''}`),
      },
      keys,
      protocol: readVersion().protocol,
      nowMs: Date.now(),
      timeoutMs: 60_000,
      name,
      wgPublicKey: createWireguardKeys().publicKey,
      wgPort: 51_820,
      port: 1,
      addresses: [address],
    })
    expect(joined.record.kind).toBe('roster')
    return 'joined'
  } catch (error) {
    if (error instanceof MeshError) return error.code
    throw error
  } finally {
    for (const way of ways) way.close()
  }
}

/** Each begins with another contact. */
const turned = <T>(list: readonly T[], by: number): readonly T[] =>
  list.map((_, at) => list[(at + by) % list.length] as T)

const admittedOn = ({ agent }: CoreHost): readonly string[] =>
  agent
    .hosts()
    .map(({ name }) => name)
    .toSorted()

describe.each(Array.from({ length: Math.ceil(RACES / RACES_PER_MESH) }, (_, at) => at))('races in mesh %i', (round) => {
  let mesh: CoreHosts = { hosts: [], [Symbol.asyncDispose]: async () => undefined }
  let taken = 0
  const races = Math.min(RACES_PER_MESH, RACES - round * RACES_PER_MESH)
  const tokenOf = async (): Promise<string> => {
    const [first] = mesh.hosts
    return (await first?.agent.createToken({ role: 'worker', ttlMs: 600_000, uses: 1 }))?.token ?? ''
  }
  /** An address nobody came from yet. */
  const nextAddress = (): string => {
    taken += 1
    return `127.9.${Math.floor(taken / 250)}.${1 + (taken % 250)}`
  }
  const run = (racers: readonly { readonly name: string; readonly token: string }[]): Promise<string[]> =>
    Promise.all(racers.map((racer, at) => race({ ...racer, address: nextAddress(), contacts: turned(mesh.hosts, at) })))
  const sameHosts = (count: number) =>
    until('all three know the same hosts', 30_000, async () => {
      const [known = [], ...others] = mesh.hosts.map(admittedOn)
      return known.length === count && others.every((other) => other.join() === known.join()) && known
    })

  beforeAll(async () => {
    mesh = await makeCoreHosts(3)
  })
  afterAll(() => mesh[Symbol.asyncDispose]())

  test(`${RACERS} hosts race for each of ${races} single-use tokens: one wins, the others are told TOKEN_SPENT`, async () => {
    for (let at = 1; at <= races; at += 1) {
      const token = await tokenOf()
      const outcomes = await run(Array.from({ length: RACERS }, (_, racer) => ({ name: `w${at}-${racer}`, token })))
      expect(outcomes.toSorted()).toEqual([...Array.from({ length: RACERS - 1 }, () => 'TOKEN_SPENT'), 'joined'])
      const known = await sameHosts(mesh.hosts.length + at)
      expect(known.filter((name) => name.startsWith(`w${at}-`))).toHaveLength(1)
      const { id } = decodeToken(token)
      for (const { agent } of mesh.hosts)
        expect(agent.tokens().find((info) => info.id === id)).toMatchObject({ state: 'spent', usesLeft: 0 })
    }
  }, 600_000)

  test('two hosts race for one name with a token each: one gets it, the other keeps its token for another name', async () => {
    for (let at = 1; at <= 3; at += 1) {
      const racers = await Promise.all([tokenOf(), tokenOf()])
      const outcomes = await run(racers.map((token) => ({ name: `same${at}`, token })))
      expect(outcomes.toSorted()).toEqual(['NAME_TAKEN', 'joined'])
      const unused = racers[outcomes.indexOf('NAME_TAKEN')] ?? ''
      expect(await run([{ name: `other${at}`, token: unused }])).toEqual(['joined'])
    }
    const known = await sameHosts(mesh.hosts.length + races + 6)
    expect(new Set(known).size).toBe(known.length)
  })
})

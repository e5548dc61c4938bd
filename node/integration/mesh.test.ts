import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '#core/record/encode.ts'
import { createKeys } from '#identity/keys.ts'
import type { Transport } from '#mesh/libp2p.ts'
import { answerProbes } from '#mesh/prober.ts'
import { onBehalfOf } from '#platform/on-behalf.ts'
import {
  addressOf,
  allConnected,
  FAST,
  host,
  meshOf,
  PROTOCOLS,
  restart,
  rosterOf,
  running,
  start,
  stranger,
} from './mesh-bench.ts'
import { createAuthority, createCable, entryOf, TestHost, until } from './mesh-support.ts'

describe('gossip', () => {
  it('brings a record to all and probes measure the way', async () => {
    const hosts = await meshOf(3)
    const [a] = hosts as [TestHost]
    a.publish({ kind: 'intent', key: 'lab1' })
    await until('all hold the record', () => hosts.every((one) => one.holds('intent/lab1') !== undefined))
    await until('probes were answered', () => hosts.every((one) => one.probes.length > 2))
    expect(hosts.every((one) => one.count('RECORD_REJECT') === 0)).toBe(true)
  })

  it('hears a host restarted with the same key, in both directions, again and again', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    let again = b
    for (let round = 0; round < 5; round += 1) {
      again = await restart(again)
      await allConnected([a, again])
      again.publish({ kind: 'status', key: `${again.id}/r${round}` })
      a.publish({ kind: 'status', key: `${a.id}/r${round}` })
      await until(
        `round ${round} is heard by both`,
        () =>
          a.holds(`status/${b.id}/r${round}`) !== undefined && again.holds(`status/${a.id}/r${round}`) !== undefined,
        5000,
      )
    }
  })

  it('drops and counts what is forged, replayed or oversized', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    const inside = (await meshTransport(a, b)).services.pubsub
    const real = b.publish({ kind: 'intent', key: 'lab1' })
    await until('the record arrives', () => a.holds('intent/lab1') !== undefined)

    await inside.publish(PROTOCOLS.records, encodeRecord({ ...real, fresh: [1, 99, 1], body: 'forged' }))
    await until('a forged record is counted', () => a.count('BAD_SIGNATURE') === 1)
    await inside.publish(PROTOCOLS.records, encodeRecord(b.sign({ kind: 'status', key: `${a.id}/lab1` })))
    await until('a record about another host is counted', () => a.count('KIND_FORBIDDEN') === 1)
    await inside.publish(PROTOCOLS.records, new Uint8Array(1_100_000))
    await until('an oversized record is counted', () => a.count('RECORD_TOO_LARGE') === 1)
    await inside.publish(PROTOCOLS.records, new TextEncoder().encode('[rubbish'))
    await until('a malformed record is counted', () => a.count('RECORD_MALFORMED') === 1)

    const before = a.count('OLD')
    await until('a replay after gossip forgot is counted', () => {
      void inside.publish(PROTOCOLS.records, encodeRecord(real))
      return a.count('OLD') > before
    })
    expect(a.holds('intent/lab1')).toEqual(real)
  })
})

/** B's own key in an attacker's hands: a member that does not keep to the rules, in B's place. */
async function meshTransport(a: TestHost, b: TestHost): Promise<Transport> {
  await b.mesh.stop()
  await until('the real one has gone', () => a.mesh.connected().length === 0)
  const transport = await stranger(b.identity.keys)
  await transport.handle(PROTOCOLS.probe, (stream) =>
    answerProbes(stream, { onProbe: () => undefined, onMalformed: () => undefined }),
  )
  await until('gossip flows', () => {
    if (transport.getConnections().length === 0) void transport.dial(addressOf(a)).catch(() => undefined)
    return transport.services.pubsub.getSubscribers(PROTOCOLS.records).length === 1
  })
  b.mesh.publish = (record) => void transport.services.pubsub.publish(PROTOCOLS.records, encodeRecord(record))
  return transport
}

describe('doors', () => {
  it('are shut for strangers: no gossip in or out, no ping, no stream but join', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    const outside = await stranger()
    const heard: unknown[] = []
    outside.services.pubsub.addEventListener('message', (event) => heard.push(event.detail))
    const connection = await outside.dial(addressOf(a))
    for (const protocol of [
      PROTOCOLS.request,
      PROTOCOLS.raft,
      PROTOCOLS.sync,
      PROTOCOLS.probe,
      '/ipfs/ping/1.0.0',
      '/meshsub/1.2.0',
      '/ipfs/id/1.0.0',
    ]) {
      const stream = await connection.newStream(protocol).catch(() => undefined)
      if (stream !== undefined) await until(`${protocol} is closed`, () => stream.status !== 'open')
    }
    await outside.services.pubsub.publish(PROTOCOLS.records, new TextEncoder().encode('evil'))
    a.publish({ kind: 'intent', key: 'lab1' })
    await until('the member hears it', () => b.holds('intent/lab1') !== undefined)
    expect(heard).toEqual([])
    expect(a.count('RECORD_MALFORMED')).toBe(0)
    expect(a.count('STRANGER_STREAM')).toBeGreaterThan(6)
    expect(a.mesh.connected()).toEqual([b.id])
    await expect(outside.services.ping.ping(addressOf(a), { signal: AbortSignal.timeout(1000) })).rejects.toThrow()
    await until('and it is sent away', () => connection.status !== 'open', 15_000)
  })

  it('tell a host that it was removed, refuse what it says on open streams, and let it go at once', async () => {
    const [a, b, c] = (await meshOf(3)) as [TestHost, TestHost, TestHost]
    const roster = rosterOf([a, b, c]).map((entry) =>
      entry.id === c.id ? { ...entry, state: 'removed' as const } : entry,
    )
    c.mesh.sendRaft(a.id, { type: 'in time' })
    await until('the stream is open', () => a.raft.length === 1)
    a.disk.roster = roster
    c.mesh.sendRaft(a.id, { type: 'late' })
    await until('it is refused', () => a.count('STRANGER_MESSAGE') === 1)
    a.publishRoster()
    a.mesh.rosterChanged()
    await until('it knows', () => c.disk.roster.some(({ id, state }) => id === c.id && state === 'removed'), 5000)
    await until('all let it go', () => [a, b].every((one) => !one.mesh.connected().includes(c.id)), 5000)
    expect(c.mesh.connected()).toEqual([])
    expect(a.raft.length).toBe(1)
    expect(a.count('DISMISSED') + a.count('DISMISSAL_FAILED')).toBeGreaterThan(0)
    const dials = c.count('DIAL_FAILED')
    await until('time for a dial has passed', () => a.probes.length > 40, 15_000)
    expect(c.count('DIAL_FAILED'), 'it calls nobody any more').toBe(dials)
    expect(a.mesh.connected()).toEqual([b.id])
  })

  it('tell a host that was off when it was removed, as soon as it calls', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    await b.mesh.stop()
    a.disk.roster = rosterOf([a, b]).map((entry) =>
      entry.id === b.id ? { ...entry, state: 'removed' as const } : entry,
    )
    a.publishRoster()
    const again = new TestHost(b.identity, b.port, FAST, b.disk)
    again.publishRoster()
    await start(again)
    await until('it knows', () => again.disk.roster.some(({ id, state }) => id === b.id && state === 'removed'), 10_000)
    expect([a.mesh.connected(), again.mesh.connected()]).toEqual([[], []])
  })

  it('let in one stranger per address and never a removed host', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    await (await stranger()).dial(addressOf(a))
    const second = await stranger()
    const connection = await second.dial(addressOf(a)).catch(() => undefined)
    await until('the second is refused', () => a.count('STRANGER_REFUSED') > 0 && connection?.status !== 'open')

    a.setRoster([entryOf(a.identity, a.port), entryOf(b.identity, b.port, { state: 'removed' })])
    await until('the removed one has gone', () => a.mesh.connected().length === 0, 5000)
    await until('and is refused', () => a.count('REMOVED_REFUSED') > 0)
    expect(a.mesh.connected()).toEqual([])
  })

  it('are shut for hosts of another mesh', async () => {
    const [a] = (await meshOf(1)) as [TestHost]
    const other = await host('x', { authority: await createAuthority('m2') })
    other.setRoster(rosterOf([a, other]))
    await start(other)
    await until('it is refused', () => a.count('STRANGER_REFUSED') + a.count('STRANGER_PENDING') > 0)
    await until('and cannot introduce itself', () => other.count('INTRODUCTION_REFUSED') > 0)
    expect([a.mesh.connected(), other.mesh.connected()]).toEqual([[], []])
  })

  it('survive rubbish on the wire', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    const inside = await meshTransport(a, b)
    const connection = inside.getConnections()[0]
    if (connection === undefined) throw new Error('not connected')
    for (const protocol of [PROTOCOLS.request, PROTOCOLS.raft, PROTOCOLS.sync, PROTOCOLS.probe]) {
      for (const bytes of [
        [0xff, 0xff, 0xff, 0xff],
        [0, 0, 0, 3, 0x7b, 0x7b, 0x7b],
        [0, 0, 0, 4, 0x6e, 0x75, 0x6c, 0x6c, 0, 0, 0, 9],
      ]) {
        const stream = await connection.newStream(protocol).catch(() => undefined)
        stream?.send(new Uint8Array(bytes))
        await stream?.close().catch(() => undefined)
      }
    }
    const socket = connect(a.port, '127.0.0.1', () => socket.end(Buffer.alloc(5000, 0x41)))
    socket.on('error', () => undefined)
    await until('malformed frames are counted', () => a.count('FRAME_MALFORMED') >= 4)
    await inside.stop()
    const back = await restart(b)
    await allConnected([a, back])
  })
})

describe('streams', () => {
  it('carry requests, their errors and 8 MiB, and give up in time', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    expect(await a.mesh.request(b.id, 'rpc', { x: [1] }, 5000)).toEqual({ from: a.id, echo: { x: [1] } })
    const big = Buffer.alloc(8 * 1024 * 1024, 7).toString('base64')
    expect(await a.mesh.request(b.id, 'rpc', big, 30_000)).toEqual({ from: a.id, echo: big })
    await expect(a.mesh.request(b.id, 'fail', null, 5000)).rejects.toMatchObject({
      code: 'NO_QUORUM',
      details: { missing: ['b'] },
    })
    expect(await onBehalfOf('ann (session)', () => a.mesh.request(b.id, 'who', null, 5000))).toBe('ann (session)')
    expect(await a.mesh.request(b.id, 'who', null, 5000)).toBe(null)
    await expect(a.mesh.request(b.id, 'hang', null, 300)).rejects.toMatchObject({ code: 'TIMEOUT' })
    await expect(a.mesh.request(createKeys().id, 'rpc', null, 300)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('carry consensus in order, in both directions', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    for (let at = 0; at < 500; at += 1) {
      a.mesh.sendRaft(b.id, { at, pad: 'x'.repeat(500) })
      b.mesh.sendRaft(a.id, { at })
    }
    await until('all has arrived', () => a.raft.length === 500 && b.raft.length === 500)
    expect(b.raft.map(({ message }) => (message as { at: number }).at)).toEqual(
      Array.from({ length: 500 }, (_, at) => at),
    )
    expect(b.raft[0]?.from).toBe(a.id)
  })
})

describe('finding each other', () => {
  it('again after both restart, running, in either order, and sync brings what was missed', async () => {
    let [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    for (const [first, second] of [
      [() => a, () => b],
      [() => b, () => a],
    ] as const) {
      const [x, y] = [first(), second()]
      await x.mesh.stop()
      await y.mesh.stop()
      const missed = `missed-by-${y.identity.name}`
      x.onRecord(x.sign({ kind: 'intent', key: missed }))
      const x2 = await restart(x)
      const y2 = await restart(y)
      ;[a, b] = x === a ? [x2, y2] : [y2, x2]
      await allConnected([a, b])
      await until('sync brings it', () => y2.holds(`intent/${missed}`) !== undefined, 5000)
    }
  })

  it('after a silent cut: both notice, and talk again soon after it heals', async () => {
    const [a, b] = (await Promise.all([host('a'), host('b')])) as [TestHost, TestHost]
    const [toA, toB] = [await createCable(a.port), await createCable(b.port)]
    running.push(toA, toB)
    a.setRoster([entryOf(a.identity, a.port), entryOf(b.identity, toB.port)])
    b.setRoster([entryOf(a.identity, toA.port), entryOf(b.identity, b.port)])
    await start(a, b)
    await allConnected([a, b])
    toA.cut()
    toB.cut()
    await until('both notice', () => [a, b].every((one) => one.mesh.connected().length === 0), 8000)
    expect(a.events.at(-1)).toMatchObject({ connected: false })
    b.onRecord(b.sign({ kind: 'intent', key: 'written-during-the-cut' }))
    toA.heal()
    toB.heal()
    await until('both talk again', () => [a, b].every((one) => one.mesh.connected().length === 1), 10_000)
    await until('and sync', () => a.holds('intent/written-during-the-cut') !== undefined, 5000)
  })

  it('over a member that knows both, when two never met', async () => {
    const [a, b, c] = (await Promise.all([host('a'), host('b'), host('c')])) as [TestHost, TestHost, TestHost]
    a.setRoster(rosterOf([a, b]))
    b.setRoster(rosterOf([a, b]))
    await start(a, b)
    await allConnected([a, b])
    await b.mesh.stop()
    a.setRoster(rosterOf([a, b, c]))
    const roster = a.publishRoster()
    c.setRoster(rosterOf([a, b, c]))
    c.onRecord(roster)
    await a.mesh.stop()
    const b2 = await restart(b)
    await start(c)
    await until('b admits c', () => b2.mesh.connected().includes(c.id) && c.mesh.connected().includes(b.id))
    expect(b2.count('INTRODUCED')).toBeGreaterThan(0)
  })
})

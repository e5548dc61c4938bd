import { describe, expect, test } from 'vitest'
import { type BenchHost, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { ticks } from '#testing/log-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import type { HostId } from '../model/ids.ts'
import type { Command } from '../state/commands.ts'
import { LEADING_DEFAULTS } from './leading.ts'

const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]

/** `a` leads alone; what the others have free is told by their heartbeats. */
const leading = async (hosts: readonly [BenchHost, ...BenchHost[]] = [a, b, c]): Promise<EngineBench> => {
  const bench = new EngineBench({ hosts })
  await ticks(bench, 3_000)
  for (const host of hosts) beat(bench, host)
  return bench
}

const beat = (bench: EngineBench, host: BenchHost): void => {
  const body = { v: '1.2.3', cpu: 400, mem: 8_000 }
  if (host.id !== bench.self.id)
    bench.hear({ kind: 'heartbeat', key: host.id, version: [], expiresAtMs: 0, body }, host)
}

let count = 0
const command = (bench: EngineBench, what: Record<string, unknown>): void =>
  bench.do({
    type: 'propose',
    commands: [{ requestId: `r${++count}`, nowMs: virtualClock.nowMs(), ...what } as unknown as Command],
  })
const hostsOf = (bench: EngineBench, lab: string): Readonly<Record<string, HostId>> | undefined =>
  bench.engine.replica?.state?.assignments[lab]?.hosts
const swept = (bench: EngineBench): number => bench.of('notice').filter(({ code }) => code === 'LAB_SWEPT').length

/** Both hosts beat once a second while time passes. */
const alive = async (bench: EngineBench, ms: number, hosts: readonly BenchHost[]): Promise<void> => {
  for (let left = ms; left > 0; left -= 1_000) {
    for (const host of hosts) beat(bench, host)
    await ticks(bench, 1_000)
  }
}

describe('a leader', () => {
  useVirtualTime()

  test('moves the nodes of a lab off a drained host, under the same version, and not the pinned ones', async () => {
    const bench = await leading()
    const nodes = { r1: { host: 'b' }, r2: {}, r3: {} }
    bench.hear(intentDraft(labSample({ name: 'one', nodes, links: [['r1:eth1', 'r2:eth1']] }), a), a)
    await ticks(bench, 1_000)
    const before = hostsOf(bench, 'one')
    const version = bench.engine.replica?.state?.assignments.one?.intentVersion
    command(bench, { type: 'drain-host', id: b.id, drained: true })
    await alive(bench, 2_000, [b, c])
    const after = hostsOf(bench, 'one')
    expect(Object.values(before ?? {})).toContain(b.id)
    expect(after?.r1).toBe(b.id)
    expect([after?.r2, after?.r3]).not.toContain(b.id)
    expect(bench.engine.replica?.state?.assignments.one?.intentVersion).toBe(version)
    const index = bench.engine.replica?.status.lastIndex
    await alive(bench, 5_000, [b, c])
    expect(bench.engine.replica?.status.lastIndex, 'decided once').toBe(index)
  })

  test('gives the last memory of a host to one of two labs, and says to the other what each host has left', async () => {
    const bench = await leading([a, b])
    const wide = { v: '1.2.3', cpu: 400, mem: 8_000, all: [400, 1_000] }
    bench.do({ type: 'facts', cpuFree: 4, memFreeMiB: 8_000, isStarved: false, total: { cpu: 400, mem: 500 } })
    const tell = () => bench.hear({ kind: 'heartbeat', key: b.id, version: [], expiresAtMs: 0, body: wide }, b)
    tell()
    await ticks(bench, 1_000)
    for (const name of ['one', 'two'])
      bench.hear(
        intentDraft(labSample({ name, nodes: { r1: { memoryBytes: 600 * 2 ** 20 }, r2: {} }, links: [] }), a),
        a,
      )
    await ticks(bench, 1_000)
    expect(hostsOf(bench, 'one')?.r1).toBe(b.id)
    expect(hostsOf(bench, 'two')).toBeUndefined()
    const told = bench.engine.book.get('status', `${a.id}/`)?.body as Record<string, { message: string }>
    expect(told.two?.message).toBe(
      'r1 fits on no host: a: memory: needs 600 MiB, has 500 of 500 left, promised 0; b: memory: needs 600 MiB, has 400 of 1000 left, promised 600.',
    )
    const gone = {
      kind: 'intent',
      key: 'one',
      version: [2, virtualClock.nowMs(), a.id],
      expiresAtMs: 0,
      body: null,
    } as const
    bench.hear(gone, a)
    tell()
    await ticks(bench, 1_500)
    expect(hostsOf(bench, 'two')?.r1, 'once there is room').toBe(b.id)
  })

  test('ends leases when they are due, once', async () => {
    const bench = await leading()
    command(bench, { type: 'reserve', pool: 'vni', owner: 'test/1', count: 2, ttlMs: 5_000 })
    const held = (): number | undefined => bench.engine.replica?.state?.leases.size
    expect(held()).toBe(1)
    await ticks(bench, 4_000)
    expect(held()).toBe(1)
    const index = bench.engine.replica?.status.lastIndex ?? 0
    await ticks(bench, 3_000)
    expect(held()).toBe(0)
    expect(bench.engine.replica?.status.lastIndex).toBe(index + 1)
  })
})

describe('a lab that nobody wants', () => {
  useVirtualTime()

  /** A lab whose assignment the log has, but for which no intent is known. */
  const orphaned = async (): Promise<EngineBench> => {
    const bench = new EngineBench({ hosts: [a, b, c], times: { ...LEADING_DEFAULTS, sweepOrphansAfterMs: 20_000 } })
    await ticks(bench, 3_000)
    command(bench, {
      type: 'assign',
      lab: 'lost',
      intentVersion: `1.5.${a.id}`,
      hosts: { r1: a.id, r2: b.id },
      segments: [{ id: 's', hosts: [a.id, b.id], mtuBytes: 1400 }],
      endpoints: ['r1:eth1', 'r2:eth1'],
    })
    return bench
  }

  test('gives its numbers back after the grace, and may come back', async () => {
    const bench = await orphaned()
    await alive(bench, 18_000, [b, c])
    expect(hostsOf(bench, 'lost')).toBeDefined()
    await alive(bench, 5_000, [b, c])
    expect(hostsOf(bench, 'lost')).toBeUndefined()
    expect(swept(bench)).toBe(1)
    const intent = labSample({ name: 'lost', nodes: { r1: {}, r2: {} } })
    const draft = { kind: 'intent' as const, key: 'lost', version: [1, 5, a.id], expiresAtMs: 0, body: intent }
    bench.hear(draft, a)
    await ticks(bench, 1_000)
    expect(hostsOf(bench, 'lost')).toBeDefined()
    await alive(bench, 30_000, [b, c])
    expect(swept(bench)).toBe(1)
  })

  test('keeps them while a host is away that may have the intent', async () => {
    const bench = await orphaned()
    await alive(bench, 60_000, [b])
    expect(hostsOf(bench, 'lost')).toBeDefined()
    expect(swept(bench)).toBe(0)
  })

  test('does not wait for a drained host', async () => {
    const bench = await orphaned()
    command(bench, { type: 'drain-host', id: c.id, drained: true })
    await alive(bench, 25_000, [b])
    expect(hostsOf(bench, 'lost')).toBeUndefined()
  })
})

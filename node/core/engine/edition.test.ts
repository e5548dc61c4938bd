import { describe, expect, test } from 'vitest'
import { type BenchHost, benchHost, EngineBench } from '#testing/engine-bench.ts'
import { ticks } from '#testing/log-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import type { Command } from '../state/commands.ts'
import { ACCESS_EDITION, EDITION } from '../state/edition.ts'

const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`
const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]
const worker = benchHost('w', 4, 'worker')

/** `a` leads alone. */
const leading = async (...others: readonly BenchHost[]): Promise<EngineBench> => {
  const bench = new EngineBench({ hosts: [a, ...others] })
  await ticks(bench, 3_000)
  return bench
}
/** A heartbeat of a host; of a former version where it says nothing of the log. */
const beat = (bench: EngineBench, host: BenchHost, fields: { readonly v?: string; readonly log?: number } = {}): void =>
  bench.hear(
    { kind: 'heartbeat', key: host.id, version: [], expiresAtMs: 0, body: { v: '0.1.0', cpu: 1, mem: 1, ...fields } },
    host,
  )
let count = 0
const propose = (bench: EngineBench, what: Record<string, unknown>): unknown => {
  count += 1
  const requestId = `r${count}`
  bench.do({ type: 'propose', commands: [{ requestId, nowMs: virtualClock.nowMs(), ...what } as unknown as Command] })
  return bench.of('outcome').find((effect) => effect.requestId === requestId)?.result
}
const setAnn = (bench: EngineBench): unknown =>
  propose(bench, { type: 'user-set', name: 'ann', role: 'admin', password: HASH })
const learners = ({ engine }: EngineBench) => engine.replica?.status.configuration.learners ?? []

describe('a command that a former version does not know', () => {
  useVirtualTime()

  test('is refused while a core host has not said that it knows it, and taken then', async () => {
    const bench = await leading(b, c, worker)
    beat(bench, b)
    const index = bench.engine.replica?.status.lastIndex
    expect(setAnn(bench)).toMatchObject({
      ok: false,
      code: 'HOST_OUTDATED',
      message: expect.stringMatching(/user-set: b \(version 0\.1\.0\), c \(not heard yet\)$/),
      details: { hosts: ['b', 'c'], isEarly: false },
    })
    expect(bench.engine.replica?.status.lastIndex, 'nothing entered the log').toBe(index)
    expect(bench.engine.refusal({ type: 'user-set' })).toMatchObject({ code: 'HOST_OUTDATED' })
    beat(bench, b, { log: EDITION })
    expect(setAnn(bench)).toMatchObject({ details: { hosts: ['c'], isEarly: true } })
    beat(bench, c, { log: EDITION + 1 })
    expect(setAnn(bench)).toMatchObject({ ok: true })
    expect(bench.engine.replica?.state).toMatchObject({ edition: ACCESS_EDITION, access: { users: { ann: {} } } })
  })

  test('is taken without asking again, once one was: whoever is silent later knew it', async () => {
    const bench = await leading(b)
    beat(bench, b, { log: EDITION })
    setAnn(bench)
    beat(bench, b)
    expect(propose(bench, { type: 'user-remove', name: 'nobody' })).toMatchObject({ code: 'NOT_FOUND' })
    expect(bench.engine.refusal({ type: 'user-set' })).toBeUndefined()
  })

  test('waits for no host that was removed', async () => {
    const bench = await leading(b)
    expect(setAnn(bench)).toMatchObject({ details: { hosts: ['b'] } })
    propose(bench, { type: 'remove-host', id: b.id })
    expect(setAnn(bench)).toMatchObject({ ok: true })
  })

  test('one that every version knows is taken whoever is there', async () => {
    const bench = await leading(b)
    beat(bench, b)
    expect(propose(bench, { type: 'reserve', pool: 'vni', owner: 'x', count: 1, ttlMs: null })).toMatchObject({
      ok: true,
    })
  })
})

describe('a log with more in it than a former version knows', () => {
  useVirtualTime()

  test('a host that does not know all that is in the log does not get the log', async () => {
    const bench = await leading()
    setAnn(bench)
    propose(bench, {
      type: 'create-token',
      id: '0123456789ab',
      verifier: 'A'.repeat(43),
      role: 'core',
      uses: 1,
      expiresAtMs: virtualClock.nowMs() + 60_000,
    })
    const { overlayAddress: _, state: __, role: ___, ...joining } = b.entry
    propose(bench, { type: 'admit', tokenId: '0123456789ab', host: joining })
    const heard = async (log?: number): Promise<void> => {
      for (let second = 0; second < 3; second += 1) {
        beat(bench, b, log === undefined ? {} : { log })
        await ticks(bench, 1_000)
      }
    }
    expect(bench.engine.roster?.hosts.map(({ name }) => name)).toContain('b')
    await heard()
    expect(learners(bench)).toEqual([])
    await heard(EDITION)
    expect(learners(bench)).toEqual([b.id])
  })
})

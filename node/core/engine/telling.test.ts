import { describe, expect, test } from 'vitest'
import { assignmentDraft, type BenchHost, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { ticks } from '#testing/log-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import type { AccessBody } from '../model/access.ts'
import type { Command } from '../state/commands.ts'
import { EDITION } from '../state/edition.ts'

const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`
const FAR = Number.MAX_SAFE_INTEGER
const [a, b] = [benchHost('a', 1), benchHost('b', 2)]

let count = 0
const command = (bench: EngineBench, what: Record<string, unknown>): void => {
  count += 1
  const stamp = { requestId: `t${count}`, nowMs: virtualClock.nowMs() }
  bench.do({ type: 'propose', commands: [{ ...stamp, ...what } as unknown as Command] })
}
/** `a` leads, and its log has the user ann. */
const withAnn = async (): Promise<EngineBench> => {
  const bench = new EngineBench({ hosts: [a, b] })
  await ticks(bench, 3_000)
  const body = { v: '1', cpu: 1, mem: 1, log: EDITION }
  bench.hear({ kind: 'heartbeat', key: b.id, version: [], expiresAtMs: 0, body }, b)
  command(bench, { type: 'user-set', name: 'ann', role: 'admin', password: HASH })
  return bench
}
const known = ({ engine }: EngineBench) => engine.book.get('access', 'mesh')
const bodyOf = (bench: EngineBench): AccessBody => known(bench)?.body as AccessBody
const names = (bench: EngineBench): readonly string[] => bodyOf(bench).users.map(({ name }) => name)
const told = (bench: EngineBench): number => bench.of('publish').filter(({ draft }) => draft.kind === 'access').length
/** A record of `author` with these numbers, or the users of the log where none are given. */
const tell = (bench: EngineBench, author: BenchHost, numbers: readonly number[], users?: AccessBody['users']): void => {
  const [epoch = 1, term = 1, index = 1] = numbers
  const body = { ...bodyOf(bench), epoch, term, index, ...(users === undefined ? {} : { users }) }
  bench.hear({ kind: 'access', key: 'mesh', version: [epoch, term, index], expiresAtMs: 0, body }, author)
}
const mallory: AccessBody['users'] = [{ name: 'mallory', role: 'admin', password: HASH, version: '1.1' }]

describe('a leader that hears of users its log does not have', () => {
  useVirtualTime()

  test.each<[string, readonly number[]]>([
    ['of a huge term', [1, FAR, 7]],
    ['of the highest numbers but one', [1, FAR, FAR]],
    ['of another epoch', [9, 1, 1]],
  ])('outbids a record %s, when it is sure to lead', async (_, numbers) => {
    const bench = await withAnn()
    tell(bench, b, numbers, mallory)
    await ticks(bench, 2_000)
    expect(names(bench), 'it may have been deposed').toEqual(['mallory'])
    await ticks(bench, 5_000)
    expect([known(bench)?.author, names(bench)]).toEqual([a.id, ['ann']])
    const { epoch, term, index } = bodyOf(bench)
    expect(known(bench)?.version).toEqual([epoch, term, index])
    const before = told(bench)
    await ticks(bench, 10_000)
    expect(told(bench), 'told once').toBe(before)
  })

  test('tells what changes after that at once', async () => {
    const bench = await withAnn()
    tell(bench, b, [1, FAR, 7], mallory)
    await ticks(bench, 7_000)
    command(bench, { type: 'user-set', name: 'bob', role: 'viewer', password: HASH })
    await ticks(bench, 600)
    expect(names(bench)).toEqual(['ann', 'bob'])
  })

  test('gives up where no number is higher', async () => {
    const bench = await withAnn()
    const before = told(bench)
    tell(bench, b, [FAR, FAR, FAR], mallory)
    await ticks(bench, 20_000)
    expect(told(bench)).toBe(before)
  })
})

describe('what a host told that was removed', () => {
  useVirtualTime()

  test('is told again by the leader: those who join do not believe it', async () => {
    const bench = await withAnn()
    const { epoch, term, index } = bodyOf(bench)
    tell(bench, b, [epoch, term, index])
    expect(known(bench)?.author).toBe(b.id)
    await ticks(bench, 10_000)
    expect(known(bench)?.author).toBe(b.id)
    command(bench, { type: 'remove-host', id: b.id })
    await ticks(bench, 7_000)
    expect([known(bench)?.author, names(bench)]).toEqual([a.id, ['ann']])
  })

  test('so are decisions about labs, and nothing is done for them again', async () => {
    const bench = await withAnn()
    const intent = intentDraft(
      labSample({ name: 'one', nodes: { r1: {}, r2: {} }, links: [['r1:eth1', 'r2:eth1']] }),
      a,
    )
    bench.hear(intent, a)
    await ticks(bench, 1_000)
    const decided = bench.engine.replica?.state?.assignments.one ?? expect.fail('no assignment')
    const { epoch, term, index } = decided
    const draft = { ...assignmentDraft(intent, {}), body: decided, version: [epoch, term, index] }
    bench.hear(draft, b)
    const author = () => bench.engine.book.get('assignment', 'one')?.author
    expect(author()).toBe(b.id)
    const activated = bench.of('activate').length
    command(bench, { type: 'remove-host', id: b.id })
    await ticks(bench, 2_000)
    expect(author()).toBe(a.id)
    expect(bench.engine.book.get('assignment', 'one')?.body).toEqual(decided)
    expect(bench.of('activate')).toHaveLength(activated)
    const publishes = bench.of('publish').filter(({ draft: { kind } }) => kind === 'assignment').length
    await ticks(bench, 5_000)
    expect(bench.of('publish').filter(({ draft: { kind } }) => kind === 'assignment')).toHaveLength(publishes)
  })
})

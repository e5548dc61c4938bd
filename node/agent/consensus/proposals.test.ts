import { describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Command, CommandResult } from '#core/state/commands.ts'
import { pass, realTurn, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { type ProposalOptions, Proposals } from './proposals.ts'

const [self, other, third] = ['self', 'other', 'third'] as [HostId, HostId, HostId]
const revoke = { type: 'revoke-token', id: 't1' } as const
const done: CommandResult = { ok: true, value: { type: 'token', id: 't1' } }
const refusal = (code: 'NOT_LEADER' | 'NAME_TAKEN', message = 'no'): CommandResult => ({
  ok: false,
  code,
  message,
  details: { name: 'a' },
})

interface Bench {
  readonly proposals: Proposals
  /** What reached the log of this host, and of others, in batches. */
  readonly here: (readonly Command[])[]
  readonly forwarded: { readonly to: HostId; readonly commands: readonly Command[] }[]
}

/** `answer`: what a leader elsewhere says to each command, if anything. */
const bench = (
  leader: HostId | null,
  options: Partial<ProposalOptions> & { answer?(to: HostId): CommandResult | undefined } = {},
): Bench => {
  const here: Bench['here'] = []
  const forwarded: Bench['forwarded'] = []
  const proposals: Proposals = new Proposals({
    self,
    clock: virtualClock,
    leader: () => leader,
    noQuorum: () => undefined,
    refusal: () => undefined,
    propose: (commands) => void here.push(commands),
    forward: (to, commands) => {
      forwarded.push({ to, commands })
      const result = options.answer?.(to)
      if (result !== undefined) for (const { requestId } of commands) proposals.settle(requestId, result, to)
    },
    ...options,
  })
  return { proposals, here, forwarded }
}

/** What a promise comes to, looked at after `ms`. */
const outcome = async (ms: number, asked: Promise<unknown>): Promise<unknown> => {
  const seen = asked.then(
    (value) => value,
    (error: unknown) => error,
  )
  await pass(ms)
  await realTurn()
  return Promise.race([seen, Promise.resolve('still open')])
}

describe('proposals', () => {
  useVirtualTime()

  test('that a leader of a former version could not read do not leave this host', async () => {
    const outdated = { code: 'HOST_OUTDATED' as const, message: 'b is too old', details: { hosts: ['b'] } }
    const { proposals, here, forwarded } = bench(other, { refusal: () => outdated })
    expect(await outcome(100, proposals.submit(revoke))).toMatchObject(outdated)
    expect([here, forwarded]).toEqual([[], []])
  })

  test('wait for hosts that were not heard yet, here or by the leader', async () => {
    const early = {
      code: 'HOST_OUTDATED' as const,
      message: 'b (not heard yet)',
      details: { hosts: ['b'], isEarly: true },
    }
    let refusals = 3
    const { proposals, forwarded } = bench(other, { refusal: () => (refusals-- > 0 ? early : undefined) })
    const asked = proposals.submit(revoke, 'one')
    await pass(3_100)
    await realTurn()
    expect(forwarded).toHaveLength(1)
    proposals.settle('one', { ok: false, ...early }, other)
    await pass(1_100)
    await realTurn()
    expect(forwarded).toHaveLength(2)
    proposals.settle('one', done, other)
    expect(await asked).toEqual({ type: 'token', id: 't1' })
    const never = bench(other, { refusal: () => early })
    expect(await outcome(15_000, never.proposals.submit(revoke))).toMatchObject(early)
  })

  test('on the leader they go into its log, stamped, and its word is the answer', async () => {
    const { proposals, here, forwarded } = bench(self)
    const asked = proposals.submit(revoke)
    await realTurn()
    expect(here).toMatchObject([
      [{ ...revoke, nowMs: virtualClock.nowMs(), requestId: expect.stringMatching(/.{36}/) }],
    ])
    proposals.settle('another', refusal('NAME_TAKEN'))
    proposals.settle(here[0]?.[0]?.requestId ?? '', done)
    await expect(asked).resolves.toEqual({ type: 'token', id: 't1' })
    expect(forwarded).toEqual([])
  })

  test.each([
    ['in the own log', self],
    ['in the log of another host', other],
  ])('what is submitted in one turn arrives together %s', async (_, leader) => {
    const { proposals, here, forwarded } = bench(leader, { answer: () => done })
    const asked = Promise.all(['t1', 't2', 't3'].map((id) => proposals.submit({ ...revoke, id })))
    await realTurn()
    const batches = [...here, ...forwarded.map(({ commands }) => commands)]
    expect(batches.map((commands) => commands.map((command) => 'id' in command && command.id))).toEqual([
      ['t1', 't2', 't3'],
    ])
    for (const { requestId } of here.flat()) proposals.settle(requestId, done)
    expect(await outcome(0, asked)).toHaveLength(3)
  })

  test('a request id of the one who asks is kept; it waits here once at a time', async () => {
    const { proposals, here } = bench(self)
    const asked = proposals.submit(revoke, 'schedule/night/1')
    expect(await outcome(0, proposals.submit(revoke, 'schedule/night/1'))).toMatchObject({ code: 'BUSY' })
    expect(here.flat().map(({ requestId }) => requestId)).toEqual(['schedule/night/1'])
    proposals.settle('schedule/night/1', done)
    expect(await outcome(0, asked)).toEqual(done.ok && done.value)
  })

  test('what the log refuses is refused with its code, message and details', async () => {
    const { proposals } = bench(other, { answer: () => refusal('NAME_TAKEN', 'a is taken') })
    const error = await outcome(0, proposals.submit(revoke))
    expect(error).toBeInstanceOf(MeshError)
    expect(error).toMatchObject({ code: 'NAME_TAKEN', message: 'a is taken', details: { name: 'a' } })
  })

  test('a leader that is none any more, or whose answer is lost, is asked again under the same request id', async () => {
    const answers = [refusal('NOT_LEADER'), undefined, done]
    const { proposals, forwarded } = bench(other, { answer: () => answers.shift() })
    const asked = proposals.submit(revoke)
    expect(await outcome(900, asked)).toBe('still open')
    expect(await outcome(300, asked)).toEqual({ type: 'token', id: 't1' })
    expect(forwarded).toHaveLength(3)
    const commands = forwarded.flatMap((batch) => batch.commands)
    expect(new Set(commands.map(({ requestId }) => requestId)).size).toBe(1)
    expect(commands[2]?.nowMs).toBeGreaterThan(commands[0]?.nowMs ?? Number.POSITIVE_INFINITY)
  })

  test('follows the lead as soon as it moves; a late refusal of the old leader changes nothing', async () => {
    let leader: HostId | null = null
    const { proposals, forwarded } = bench(null, { leader: () => leader })
    const asked = proposals.submit(revoke)
    expect(await outcome(500, asked)).toBe('still open')
    leader = other
    await pass(50)
    expect(forwarded.map(({ to }) => to)).toEqual([other])
    leader = third
    await pass(50)
    expect(forwarded.map(({ to }) => to)).toEqual([other, third])
    const requestId = forwarded[0]?.commands[0]?.requestId ?? ''
    proposals.settle(requestId, refusal('NOT_LEADER'), other)
    expect(await outcome(100, asked)).toBe('still open')
    expect(forwarded).toHaveLength(2)
    proposals.settle(requestId, done, other)
    expect(await outcome(0, asked)).toEqual({ type: 'token', id: 't1' })
  })

  test.each([
    ['no leader is known', null],
    ['this host leads alone', self],
    ['the leader does not answer', other],
  ])('without a majority, says so after 3 s: %s', async (_, leader) => {
    const { proposals } = bench(leader, { noQuorum: () => 'no majority: missing: b' })
    const asked = proposals.submit(revoke)
    expect(await outcome(2_900, asked)).toBe('still open')
    expect(await outcome(200, asked)).toMatchObject({ code: 'NO_QUORUM', message: 'no majority: missing: b' })
  })

  test.each([
    ['no leader is known', null],
    ['the leader does not answer', other],
  ])('gives up after 10 s where a majority is there: %s', async (why, leader) => {
    const { proposals } = bench(leader)
    const asked = proposals.submit(revoke)
    expect(await outcome(9_900, asked)).toBe('still open')
    expect(await outcome(200, asked)).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining(why) })
  })

  test('what no log would take is refused at once and never enters it', async () => {
    const { proposals, here } = bench(self)
    const error = await outcome(0, proposals.submit({ ...revoke, id: 'no such id!' }))
    expect(error).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('revoke-token') })
    expect(here).toEqual([])
  })

  test('only so many may wait: one more is told BUSY, and taken once others have their answer', async () => {
    const { proposals, here } = bench(self)
    const asked = Array.from({ length: 4_096 }, () => proposals.submit(revoke))
    expect(await outcome(0, proposals.submit(revoke))).toMatchObject({ code: 'BUSY' })
    for (const { requestId } of here.flat()) proposals.settle(requestId, done)
    await Promise.all(asked)
    const again = proposals.submit(revoke)
    await realTurn()
    expect(here.at(-1)).toHaveLength(1)
    proposals.settle(here.at(-1)?.[0]?.requestId ?? '', done)
    await again
  })
})

import { describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Command, CommandResult } from '#core/state/commands.ts'
import { pass, realTurn, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { type ProposalOptions, Proposals } from './proposals.ts'

const [self, other] = ['self', 'other'] as [HostId, HostId]
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
  /** What reached the log of this host, and of others. */
  readonly here: Command[]
  readonly forwarded: { readonly to: HostId; readonly command: Command }[]
}

const bench = (leader: HostId | null, options: Partial<ProposalOptions> = {}): Bench => {
  const here: Command[] = []
  const forwarded: Bench['forwarded'] = []
  const proposals = new Proposals({
    self,
    clock: virtualClock,
    leader: () => leader,
    noQuorum: () => undefined,
    dispatch: (commands) => here.push(...commands),
    ...options,
    forward: async (to, command, timeoutMs) => {
      forwarded.push({ to, command })
      return options.forward?.(to, command, timeoutMs)
    },
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

  test('on the leader they go into its log, stamped, and its word is the answer', async () => {
    const { proposals, here, forwarded } = bench(self)
    const asked = proposals.submit(revoke)
    expect(here).toMatchObject([{ ...revoke, nowMs: virtualClock.nowMs(), requestId: expect.stringMatching(/.{36}/) }])
    proposals.settle('another', refusal('NAME_TAKEN'))
    proposals.settle(here[0]?.requestId ?? '', done)
    await expect(asked).resolves.toEqual({ type: 'token', id: 't1' })
    expect(forwarded).toEqual([])
  })

  test('elsewhere they are forwarded to the leader', async () => {
    const { proposals, here, forwarded } = bench(other, { forward: async () => done })
    await expect(proposals.submit(revoke)).resolves.toEqual({ type: 'token', id: 't1' })
    expect(forwarded).toMatchObject([{ to: other, command: revoke }])
    expect(here).toEqual([])
  })

  test('what the log refuses is refused with its code, message and details', async () => {
    const { proposals } = bench(other, { forward: async () => refusal('NAME_TAKEN', 'a is taken') })
    const error = await outcome(0, proposals.submit(revoke))
    expect(error).toBeInstanceOf(MeshError)
    expect(error).toMatchObject({ code: 'NAME_TAKEN', message: 'a is taken', details: { name: 'a' } })
  })

  test('a leader that is none any more, or cannot be reached, is asked again under the same request id', async () => {
    const answers: (() => Promise<CommandResult>)[] = [
      async () => refusal('NOT_LEADER'),
      () => Promise.reject(new MeshError('UNREACHABLE', 'not connected')),
      async () => done,
    ]
    const { proposals, forwarded } = bench(other, { forward: async () => answers.shift()?.() })
    expect(await outcome(1_000, proposals.submit(revoke))).toEqual({ type: 'token', id: 't1' })
    expect(forwarded).toHaveLength(3)
    expect(new Set(forwarded.map(({ command }) => command.requestId)).size).toBe(1)
    expect(forwarded[2]?.command.nowMs).toBeGreaterThan(forwarded[0]?.command.nowMs ?? Number.POSITIVE_INFINITY)
  })

  test('follows the lead when it moves', async () => {
    let leader: HostId | null = null
    const { proposals, forwarded } = bench(null, { leader: () => leader, forward: async () => done })
    const asked = proposals.submit(revoke)
    expect(await outcome(500, asked)).toBe('still open')
    leader = other
    expect(await outcome(500, asked)).toEqual({ type: 'token', id: 't1' })
    expect(forwarded).toHaveLength(1)
  })

  test.each([
    ['no leader is known', null],
    ['this host leads alone', self],
  ])('without a majority, says so after 3 s: %s', async (_, leader) => {
    const { proposals } = bench(leader, { noQuorum: () => 'no majority: missing: b' })
    const asked = proposals.submit(revoke)
    expect(await outcome(2_900, asked)).toBe('still open')
    expect(await outcome(400, asked)).toMatchObject({ code: 'NO_QUORUM', message: 'no majority: missing: b' })
  })

  test('gives up after 10 s where a majority is there and nobody leads', async () => {
    const { proposals } = bench(null)
    const asked = proposals.submit(revoke)
    expect(await outcome(9_900, asked)).toBe('still open')
    expect(await outcome(500, asked)).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('no leader is known'),
    })
  })

  test('what no log would take is refused at once and never enters it', async () => {
    const { proposals, here } = bench(self)
    const error = await outcome(0, proposals.submit({ ...revoke, id: 'no such id!' }))
    expect(error).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('revoke-token') })
    expect(here).toEqual([])
  })

  test('a request that comes twice is answered twice', async () => {
    const { proposals } = bench(self)
    const command: Command = { ...revoke, requestId: 'r1', nowMs: 0 }
    const both = Promise.all([proposals.here(command), proposals.here(command)])
    proposals.settle('r1', done)
    expect(await outcome(0, both)).toEqual([done, done])
  })

  test('the time limit of the first ask does not end the second', async () => {
    const { proposals } = bench(self)
    const command: Command = { ...revoke, requestId: 'r1', nowMs: 0 }
    const first = proposals.here(command, 1_000)
    expect(await outcome(500, first)).toBe('still open')
    const second = proposals.here(command, 1_000)
    expect(await outcome(600, first)).toMatchObject({ code: 'NOT_LEADER' })
    expect(await outcome(0, second)).toBe('still open')
    proposals.settle('r1', done)
    expect(await outcome(0, second)).toEqual(done)
  })
})

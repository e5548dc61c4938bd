import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { Command, CommandResult } from '#core/state/commands.ts'
import { type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { outcome, until, useVirtualTime } from '#testing/virtual-time.ts'
import { Forwarding } from './forwarding.ts'

const [a, b, c, worker] = ['a', 'b', 'c', 'w'] as [HostId, HostId, HostId, HostId]
const done: CommandResult = { ok: true, value: { type: 'token', id: 't1' } }
const revoke = (requestId: string): Command => ({ type: 'revoke-token', requestId, nowMs: 0, id: 't1' })

const bench = () => {
  const sent: { to: HostId; message: unknown }[] = []
  const proposed: (readonly Command[])[] = []
  const outcomes: unknown[] = []
  const counted: string[] = []
  let nowMs = 0
  const forwarding = new Forwarding({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    roleOf: (host) => (host === worker ? 'worker' : [a, b, c].includes(host) ? 'core' : undefined),
    propose: (commands) => void proposed.push(commands),
    onOutcome: (...outcome) => void outcomes.push(outcome),
    send: (to, message) => void sent.push({ to, message: JSON.parse(JSON.stringify(message)) }),
    count: (code) => void counted.push(code),
  })
  const wait = (ms: number): void => {
    nowMs += ms
  }
  return { forwarding, sent, proposed, outcomes, counted, wait }
}

test('commands go in few messages, and come out of them as they were', () => {
  const from = bench()
  const to = bench()
  const commands = Array.from({ length: 300 }, (_, i) => revoke(`r${i}`))
  from.forwarding.forward(b, commands)
  expect(from.sent).toHaveLength(2)
  for (const { message } of from.sent) expect(to.forwarding.hear(a, message)).toBe(true)
  expect(to.proposed.flat()).toEqual(commands)
})

test('what becomes of them goes back to who asked, together, once', async () => {
  const { forwarding, sent } = bench()
  forwarding.hear(a, { propose: [revoke('r1'), revoke('r2')] })
  forwarding.hear(c, { propose: [revoke('r3'), revoke('r1')] })
  for (const id of ['r1', 'own', 'r2', 'r3', 'r3']) forwarding.settle(id, done)
  expect(sent).toEqual([])
  await Promise.resolve()
  expect(sent).toEqual([
    {
      to: a,
      message: {
        outcomes: [
          ['r1', done],
          ['r2', done],
        ],
      },
    },
    {
      to: c,
      message: {
        outcomes: [
          ['r1', done],
          ['r3', done],
        ],
      },
    },
  ])
})

test('only core hosts bring commands, and nobody brings what the leader decides itself', async () => {
  const { forwarding, sent, proposed } = bench()
  forwarding.hear(worker, { propose: [revoke('r1')] })
  forwarding.hear('stranger' as HostId, { propose: [revoke('r2')] })
  forwarding.hear(b, { propose: [{ type: 'release', requestId: 'r3', nowMs: 0, lab: 'one', intentVersion: '1.1.a' }] })
  await Promise.resolve()
  expect(proposed).toEqual([])
  const told = sent.flatMap(({ to, message }) =>
    (message as { outcomes: [string, { code: string }][] }).outcomes.map(([id, { code }]) => [to, id, code]),
  )
  expect(told).toEqual([
    [worker, 'r1', 'NOT_CORE'],
    ['stranger', 'r2', 'NOT_CORE'],
    [b, 'r3', 'NOT_CORE'],
  ])
})

test('a host that is not core brings what its tests need, one that is not in does not', async () => {
  const { forwarding, sent, proposed } = bench()
  const asked: readonly Command[] = [
    { type: 'number', requestId: 'r1', nowMs: 0, name: 'iperf', count: 3 },
    { type: 'hold-test', requestId: 'r2', nowMs: 0, test: 1, nics: [`host/${worker}`], port: worker, ttlMs: 9 },
    { type: 'free-test', requestId: 'r3', nowMs: 0, test: 1 },
  ]
  forwarding.hear('stranger' as HostId, { propose: asked })
  await Promise.resolve()
  expect(proposed).toEqual([])
  const refused = sent.flatMap(({ message }) => (message as { outcomes: [string, { code: string }][] }).outcomes)
  expect(refused.map(([id, { code }]) => [id, code])).toEqual(asked.map(({ requestId }) => [requestId, 'NOT_CORE']))
  forwarding.hear(worker, { propose: asked })
  expect(proposed.flat()).toEqual(asked)
})

test('a host that is not core tells where it is itself, and nothing of others', async () => {
  const { forwarding, sent, proposed } = bench()
  const at = (requestId: string, id: HostId) => ({
    ...{ type: 'update-host', requestId, nowMs: 0, id },
    ...{ addresses: ['192.0.2.9'], secondary: ['198.51.100.9'], port: 1, wgPort: 2 },
  })
  forwarding.hear(worker, { propose: [at('r1', worker), at('r2', a)] })
  forwarding.hear('stranger' as HostId, { propose: [at('r3', 'stranger' as HostId)] })
  await Promise.resolve()
  expect(proposed.flat()).toEqual([at('r1', worker)])
  expect(sent.map(({ to }) => to)).toEqual([worker, 'stranger'])
})

test('answers are believed from core hosts only, and only in the right form', () => {
  const { forwarding, outcomes, counted } = bench()
  const refused = { ok: false, code: 'NAME_TAKEN', message: 'a is taken', details: {} }
  forwarding.hear(a, {
    outcomes: [
      ['r1', done],
      ['r2', refused],
    ],
  })
  expect(outcomes).toEqual([
    ['r1', done, a],
    ['r2', refused, a],
  ])
  forwarding.hear(worker, { outcomes: [['r3', done]] })
  for (const bad of [
    ['r4', { ...refused, code: 'NO_SUCH_CODE' }],
    ['r5', { ok: 'yes' }],
    ['r6', null],
    [7, done],
    'r8',
  ])
    forwarding.hear(a, { outcomes: [bad] })
  expect(outcomes).toHaveLength(2)
  expect(counted).toEqual(Array.from({ length: 6 }, () => 'BAD_FORWARD'))
})

test.each([
  ['no list', { propose: 'all' }],
  ['too many at once', { propose: Array.from({ length: 257 }, () => revoke('r')) }],
  ['no command', { propose: [{ type: 'no such' }] }],
  ['no list of answers', { outcomes: {} }],
])('malformed messages are counted and come to nothing: %s', (_, message) => {
  const { forwarding, proposed, counted } = bench()
  expect(forwarding.hear(a, message)).toBe(true)
  expect(proposed).toEqual([])
  expect(counted).toEqual(['BAD_FORWARD'])
})

test.each([[null], ['x'], [{ epoch: 1, message: {} }]])('other messages are not for it: %j', (message) => {
  expect(bench().forwarding.hear(a, message)).toBe(false)
})

test('holds only so many requests; those nobody waits for any more make room', async () => {
  const { forwarding, sent, proposed, wait } = bench()
  const ask = (from: number): void =>
    void forwarding.hear(a, { propose: Array.from({ length: 256 }, (_, i) => revoke(`r${from + i}`)) })
  for (let from = 0; from < 16_384; from += 256) ask(from)
  forwarding.hear(b, { propose: [revoke('more')] })
  await Promise.resolve()
  expect(sent).toMatchObject([{ to: b, message: { outcomes: [['more', { ok: false, code: 'BUSY' }]] } }])
  wait(20_001)
  forwarding.hear(b, { propose: [revoke('more')] })
  expect(proposed.at(-1)).toEqual([revoke('more')])
})

describe('between agents', () => {
  useVirtualTime()
  let mesh: AgentMesh
  beforeEach(async () => {
    mesh = await createAgentMesh()
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('callers of a host that does not lead get their answers from the one that does, and wait while there is no way to it', async () => {
    const other = await mesh.join('b')
    const reserve = (owner: string) => other.agent.reserve({ pool: 'vni', owner })
    expect(await outcome(Promise.all(['x', 'y', 'x'].map(reserve)))).toMatchObject([
      { values: [4096] },
      { values: [4097] },
      { values: [4096] },
    ])
    mesh.network.cut(mesh.first.who.id, other.who.id)
    const waiting = outcome(reserve('z'))
    mesh.network.heal()
    expect(await waiting).toMatchObject({ values: [4098] })
    mesh.network.cut(mesh.first.who.id, other.who.id)
    await until('it is missed', () => other.agent.leader().quorum.have === 0)
    expect(await outcome(reserve('late'))).toMatchObject({ code: 'NO_QUORUM' })
  })
})

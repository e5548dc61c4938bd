import { describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { Exec, SocketCommand } from '#platform/exec.ts'
import { Random } from '../sim/random.ts'
import { createClient } from './churn-clients.ts'
import { checkHistory, type Operation } from './linearizable.ts'
import type { Testbed } from './testbed.ts'

interface Allocator {
  /** By owner. */
  readonly held: Map<string, readonly number[]>
  next: number
}

const answer = (code: number, body: unknown) => ({ code, stdout: JSON.stringify(body), stderr: '' })

/** Carries a call out; `isForgetful`: an owner who asks again is given other numbers. */
const carryOut = (state: Allocator, command: SocketCommand, isForgetful: boolean) => {
  if (command.method === 'DELETE') {
    const owner = decodeURIComponent(command.path.split('/').at(-1) ?? '')
    const freed = state.held.get(owner)?.length ?? 0
    state.held.delete(owner)
    return answer(200, { freed })
  }
  const { owner, count, pool } = command.body as { owner: string; count: number; pool: string }
  const known = isForgetful ? undefined : state.held.get(owner)
  const values = known ?? Array.from({ length: count }, () => state.next++)
  state.held.set(owner, values)
  return answer(201, { pool, owner, values })
}

/** Hosts of which one is off, one has no agent, and two now and then lose an answer or have no majority. */
const bedOf = (random: Random, isForgetful: boolean): Testbed => {
  const state: Allocator = { held: new Map(), next: 1 }
  const run: Exec['run'] = async (command) => {
    if (!('socket' in command)) throw new Error('only the API is asked')
    if (random.chance(0.1)) return answer(503, { error: 'NO_QUORUM' })
    const reply = carryOut(state, command, isForgetful)
    if (random.chance(0.1)) throw new MeshError('TOOL_FAILED', 'socket hang up')
    return reply
  }
  const refused: Exec['run'] = () => Promise.reject(new MeshError('TOOL_MISSING', 'nobody listens'))
  return {
    hosts: ['on1', 'on2', 'deaf', 'off'],
    pid: (host: string) => (host === 'off' ? Promise.reject(new Error('off')) : Promise.resolve(1)),
    exec: (host: string) => ({ run: host === 'deaf' ? refused : run }),
  } as unknown as Testbed
}

const historyOf = async (isForgetful: boolean): Promise<readonly Operation[]> => {
  const history: Operation[] = []
  const bed = bedOf(new Random(1), isForgetful)
  const clients = [1, 2].map((at) =>
    createClient({ name: `c${at}`, bed, random: new Random(at), history, pauseMs: [0, 0] }),
  )
  await Promise.all(clients.map((client) => client.run(() => history.length >= 200)))
  await clients[0]?.freeAll([...new Set(history.flatMap(({ op }) => (op.type === 'list' ? [] : [op.owner])))])
  return history
}

describe('a client', () => {
  test('tells of every call that may have been carried out, and the checker finds an order for them', async () => {
    const history = await historyOf(false)
    const unanswered = history.filter(({ result }) => result === null)
    expect(unanswered.length).toBeGreaterThan(10)
    expect(unanswered.every(({ returnedMs }) => returnedMs === null)).toBe(true)
    expect(history.some(({ op }) => op.type === 'reserve' && op.pool?.startsWith('port/'))).toBe(true)
    expect(checkHistory(history, { restMs: 1e6 })).toEqual({ ok: true })
  })

  test('of hosts that give a second set of numbers to who asks again is not believed', async () => {
    expect(checkHistory(await historyOf(true), { restMs: 1e6 })).toMatchObject({ ok: false })
  })

  test('stops at an answer that nothing explains', async () => {
    const bed = bedOf(new Random(1), false)
    const strange = { ...bed, hosts: ['on1'], exec: () => ({ run: async () => answer(404, { error: 'NOT_FOUND' }) }) }
    const client = createClient({ name: 'c', bed: strange, random: new Random(1), history: [], pauseMs: [0, 0] })
    await expect(client.run(() => false)).rejects.toThrow('on1 answered 404')
  })
})

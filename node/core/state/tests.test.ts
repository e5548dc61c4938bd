import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { listAllocations } from './allocations.ts'
import type { CommandResult } from './commands.ts'
import { nextLeaseEndMs } from './leases.ts'
import { recoverState } from './recover.ts'
import { decodeState, encodeState } from './snapshot.ts'
import type { Nic } from './test-commands.ts'
import { joining, START_MS, TestMesh } from './testdata/mesh.ts'

const TTL_MS = 30_000
const numbers = (count: number) => ({ type: 'number', name: 'iperf', count }) as const
const hold = (test: number, nics: readonly Nic[] = [], port: string | null = null, ttlMs = TTL_MS) =>
  ({ type: 'hold-test', test, nics, port: port as HostId | null, ttlMs }) as const
const free = (test: number) => ({ type: 'free-test', test }) as const
const nic = (number: number): Nic => `host/H${number}` as Nic
const held = (port: number | null, test = 1) => ({ ok: true, value: { type: 'test', test, port } })
const freed = (result: CommandResult) => (result.ok ? result.value.type === 'freed' && result.value.count : result.code)
const ofTests = (mesh: TestMesh) => listAllocations(mesh.state).filter(({ owner }) => owner.startsWith('test/'))
const later = (mesh: TestMesh, ms: number) => mesh.do({ type: 'expire', nowMs: mesh.state.nowMs + ms })

describe('numbers of tests', () => {
  it('begin with 1, follow each other, and never come again', () => {
    const mesh = new TestMesh()
    expect(mesh.do(numbers(3))).toEqual({ ok: true, value: { type: 'number', first: 1 } })
    expect(mesh.do(numbers(1))).toMatchObject({ value: { first: 4 } })
    mesh.state = decodeState(JSON.parse(JSON.stringify(encodeState(mesh.state))))
    expect(mesh.do(numbers(20_000))).toMatchObject({ value: { first: 5 } })
    expect(mesh.do(numbers(1))).toMatchObject({ value: { first: 20_005 } })
  })

  it('are the same for the same request', () => {
    const mesh = new TestMesh()
    const due = { ...numbers(2), requestId: 'schedule/night/29000000' }
    expect(mesh.do(due)).toMatchObject({ value: { first: 1 } })
    expect(mesh.do(due)).toMatchObject({ value: { first: 1 } })
    expect(mesh.do(numbers(1))).toMatchObject({ value: { first: 3 } })
  })

  it('go on far above those a lost majority may have given, in each epoch', () => {
    const mesh = new TestMesh()
    mesh.do(numbers(7))
    mesh.state = recoverState(mesh.state, { assignments: [], nowMs: START_MS })
    expect(mesh.do(numbers(2))).toMatchObject({ value: { first: 100_000_001 } })
    expect(mesh.do(numbers(1))).toMatchObject({ value: { first: 100_000_003 } })
    mesh.state = recoverState(mesh.state, { assignments: [], nowMs: START_MS })
    expect(mesh.do(numbers(1))).toMatchObject({ value: { first: 200_000_001 } })
  })
})

describe('what a test holds', () => {
  it('is both NICs and a port, listed with its end', () => {
    const mesh = new TestMesh(2)
    expect(mesh.do(hold(1, [nic(1), nic(2)], 'H2'))).toEqual(held(20_000))
    const times = { owner: 'test/1', sinceMs: START_MS, untilMs: START_MS + TTL_MS }
    expect(ofTests(mesh)).toEqual([
      { pool: 'nic', value: 'h1', host: 'h1', ...times },
      { pool: 'nic', value: 'h2', host: 'h2', ...times },
      { pool: 'port', value: 20_000, host: 'h2', ...times },
    ])
  })

  it('keeps others out, who get nothing at all and are told who and until when', () => {
    const mesh = new TestMesh(3)
    mesh.do(hold(1, [nic(1), nic(2)], 'H2'))
    const before = ofTests(mesh)
    expect(mesh.do(hold(2, [nic(3), nic(2)], 'H3'))).toEqual({
      ok: false,
      code: 'NIC_BUSY',
      message: 'The NIC of h2 is used by test 1, for 30 s more at most.',
      details: { nic: 'host/H2', holder: 1, untilMs: START_MS + TTL_MS },
    })
    expect(ofTests(mesh)).toEqual(before)
    expect(mesh.do(hold(3, [], 'H2')), 'the port alone').toEqual(held(20_001, 3))
  })

  it('is the same when it asks again, with a new end', () => {
    const mesh = new TestMesh(2)
    const ask = hold(1, [nic(1), nic(2)], 'H2')
    mesh.do(ask)
    later(mesh, 20_000)
    expect(mesh.do(ask)).toEqual(held(20_000))
    later(mesh, 20_000)
    expect(ofTests(mesh).map(({ sinceMs, untilMs }) => [sinceMs, untilMs])).toEqual(
      Array.from({ length: 3 }, () => [START_MS, START_MS + 50_000]),
    )
    later(mesh, 10_000)
    expect(ofTests(mesh)).toEqual([])
    expect(nextLeaseEndMs(mesh.state)).toBeUndefined()
  })

  it('ends by time: NICs are free at once, ports rest', () => {
    const mesh = new TestMesh(2)
    mesh.do(hold(1, [nic(1), nic(2)], 'H2'))
    expect(nextLeaseEndMs(mesh.state)).toBe(START_MS + TTL_MS)
    later(mesh, TTL_MS - 1)
    expect(mesh.do(hold(2, [nic(1)]))).toMatchObject({ code: 'NIC_BUSY' })
    expect(mesh.do({ ...hold(2, [nic(1), nic(2)], 'H2'), nowMs: START_MS + TTL_MS })).toEqual(held(20_001, 2))
  })

  it('is given back: nobody waits for a NIC, and a second time is no mistake', () => {
    const mesh = new TestMesh(3)
    mesh.do(hold(1, [nic(1), nic(2)], 'H2'))
    mesh.do(hold(2, ['attached/pi'], 'H3'))
    expect(freed(mesh.do(free(1)))).toBe(3)
    expect(freed(mesh.do(free(1)))).toBe(0)
    expect(ofTests(mesh).map(({ owner, pool, value }) => [owner, pool, value])).toEqual([
      ['test/2', 'nic', 'pi'],
      ['test/2', 'port', 20_000],
    ])
    expect(nextLeaseEndMs(mesh.state)).toBe(START_MS + TTL_MS)
    expect(mesh.do(hold(3, [nic(2), nic(1)], 'H2'))).toEqual(held(20_001, 3))
  })

  it('is nothing where no port is left: the NICs stay free', () => {
    const mesh = new TestMesh(2, { port: [20_000, 20_000] })
    mesh.do(hold(1, [], 'H2'))
    expect(mesh.do(hold(2, [nic(1)], 'H2'))).toMatchObject({ code: 'POOL_EXHAUSTED' })
    expect(mesh.do(hold(3, [nic(1)]))).toEqual(held(null, 3))
  })

  it.each([
    ['NIC', hold(1, [nic(1), nic(9)])],
    ['port', hold(1, [nic(1)], 'H9')],
  ])('is of hosts that are in: %s', (_, ask) => {
    const mesh = new TestMesh(2)
    expect(mesh.do(ask)).toMatchObject({ code: 'NOT_FOUND', details: { id: 'H9' } })
    expect(ofTests(mesh)).toEqual([])
  })

  it('goes with its host', () => {
    const mesh = new TestMesh(3)
    mesh.do(hold(1, [nic(1), nic(2)], 'H2'))
    mesh.do({ type: 'remove-host', id: 'H2' as HostId })
    expect(ofTests(mesh)).toMatchObject([{ pool: 'nic', value: 'h1' }])
    later(mesh, TTL_MS)
    expect(ofTests(mesh)).toEqual([])
  })

  it('does not pass to the machine that follows a lost host, but for its port', () => {
    const mesh = new TestMesh(2)
    mesh.do(hold(1, [nic(1), nic(2)], 'H2'))
    const token = { id: 'again', verifier: 'v', role: 'core', uses: 1, expiresAtMs: START_MS * 9 } as const
    mesh.do({ type: 'create-token', ...token, name: joining(2).name, replaces: 'H2' as HostId })
    mesh.do({ type: 'admit', tokenId: 'again', host: { ...joining(3), name: joining(2).name } })
    expect(ofTests(mesh).map(({ pool, host }) => [pool, host])).toEqual([
      ['nic', 'h1'],
      ['port', 'h2'],
    ])
    expect(freed(mesh.do(free(1)))).toBe(2)
    expect(nextLeaseEndMs(mesh.state)).toBeUndefined()
  })

  it('is in snapshots with its end; those of a former version have none', () => {
    const mesh = new TestMesh(2)
    mesh.do(numbers(4))
    mesh.do(hold(1, [nic(1), 'attached/pi'], 'H2'))
    const json = JSON.parse(JSON.stringify(encodeState(mesh.state)))
    const back = decodeState(json)
    expect(listAllocations(back)).toEqual(listAllocations(mesh.state))
    expect([...back.leases.entries()]).toEqual([...mesh.state.leases.entries()])
    const { nics: _, counters: __, ...former } = json
    const old = decodeState(former)
    expect(old.nics.size).toBe(0)
    expect(old.counters).toEqual({})
    expect(() => decodeState({ ...json, nics: [...json.nics, json.nics[0]] })).toThrow('attached/pi is held twice')
  })
})

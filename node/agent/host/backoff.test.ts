import { describe, expect, test } from 'vitest'
import type { LabName, NodeName, ResourceId } from '#core/model/ids.ts'
import type { Op, Resource, WgPeer, Workload } from '#core/model/resource.ts'
import { Backoff, causeOf } from './backoff.ts'

const trouble = (nowMs: number, message = 'no', cause = 'as it is') => ({ message, cause, nowMs })
const [one, two] = ['workload/l/one', 'workload/l/two'] as [ResourceId, ResourceId]

describe('backoff', () => {
  test('doubles from 1 s to 60 s and stays there', () => {
    const backoff = new Backoff()
    const waitsMs = Array.from({ length: 9 }, () => {
      backoff.fail(one, trouble(0))
      return backoff.nextMs(0)
    })
    expect(waitsMs).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  test('holds back the one that failed, until its time, and no other', () => {
    const backoff = new Backoff()
    backoff.fail(one, trouble(5_000))
    expect(backoff.isDue(one, 5_999, 'as it is')).toBe(false)
    expect(backoff.isDue(one, 6_000, 'as it is')).toBe(true)
    expect(backoff.isDue(two, 5_000, 'as it is')).toBe(true)
  })

  test('tells the last message of each until it succeeds or is not wanted any more', () => {
    const backoff = new Backoff()
    backoff.fail(one, trouble(0, 'first'))
    backoff.fail(one, trouble(0, 'second'))
    backoff.fail(two, trouble(0, 'other'))
    expect([...backoff.messages()]).toEqual([
      [one, 'second'],
      [two, 'other'],
    ])
    backoff.keepOnly(new Set([one]))
    expect([...backoff.messages().keys()]).toEqual([one])
    backoff.succeed(one)
    expect(backoff.messages().size).toBe(0)
  })

  test('begins at 1 s again after a success', () => {
    const backoff = new Backoff()
    backoff.fail(one, trouble(0))
    backoff.fail(one, trouble(0))
    backoff.succeed(one)
    backoff.fail(one, trouble(0))
    expect(backoff.nextMs(0)).toBe(1_000)
  })

  test('the next time is the nearest one still ahead: what was due already was looked at', () => {
    const backoff = new Backoff()
    expect(backoff.nextMs(0)).toBeUndefined()
    backoff.fail(one, trouble(0))
    backoff.fail(two, trouble(500))
    expect(backoff.nextMs(0)).toBe(1_000)
    expect(backoff.nextMs(1_000)).toBe(1_500)
    expect(backoff.nextMs(1_500)).toBeUndefined()
  })

  test('under new circumstances it is due at once, and waits 1 s again when it fails then too', () => {
    const backoff = new Backoff()
    for (const nowMs of [0, 1_000, 3_000]) backoff.fail(one, trouble(nowMs))
    expect(backoff.isDue(one, 3_001, 'as it is')).toBe(false)
    expect(backoff.isDue(one, 3_001, 'another container')).toBe(true)
    backoff.fail(one, trouble(3_001, 'no', 'another container'))
    expect(backoff.nextMs(3_001)).toBe(4_001)
  })
})

describe('circumstances', () => {
  const container: Workload = {
    kind: 'workload',
    id: one,
    needs: [],
    provider: 'docker',
    lab: 'l' as LabName,
    node: 'one' as NodeName,
    containerName: 'clab-l-one',
    spec: { image: 'a', hostname: 'one', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
    specHash: 'h',
    state: 'running',
    startedAt: 'monday',
  }
  const peer: WgPeer = {
    kind: 'wg-peer',
    id: two,
    needs: [one],
    interface: 'wg',
    publicKey: 'k',
    endpoint: '',
    allowedIps: [],
    keepaliveS: 25,
  }
  const op: Op = { type: 'create', to: peer, reason: 'missing' }
  const given = (resource: Resource): string => causeOf(op, new Map([[resource.id, resource]]))

  test.each<[string, Partial<Workload>]>([
    ['what it stands on was started again', { startedAt: 'tuesday' }],
    ['it was made again', { containerId: 'c2' }],
    ['it broke', { fault: 'dead' }],
    ['it ended', { state: 'exited' }],
  ])('are new when %s', (_what, change) => expect(given({ ...container, ...change })).not.toBe(given(container)))

  test('are new for another wish, and the same for the same', () => {
    expect(causeOf({ ...op, to: { ...peer, endpoint: 'x' } }, new Map())).not.toBe(causeOf(op, new Map()))
    expect(given({ ...container })).toBe(given(container))
    const seen = { ...peer, lastHandshakeS: 1 }
    const update: Op = { type: 'update', from: seen, to: peer, reason: '' }
    expect(causeOf({ ...update, from: { ...seen, lastHandshakeS: 2 } }, new Map())).toBe(causeOf(update, new Map()))
  })
})

import { describe, expect, test } from 'vitest'
import type { Effect } from '#core/engine/effect.ts'
import type { Event } from '#core/engine/event.ts'
import type { HostId } from '#core/model/ids.ts'
import { createLogger } from '#platform/log.ts'
import { memoryDisk, memoryStore } from '#store/memory-store.ts'
import { benchHost, EngineBench } from '#testing/engine-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { createEffects } from './effects.ts'

const a = benchHost('a', 1)

const setup = async () => {
  const disk = memoryDisk()
  const store = await memoryStore(disk)
  const events: Event[] = []
  const sent: [HostId, unknown][] = []
  const counted: string[] = []
  const { engine } = new EngineBench({ hosts: [a] })
  const carryOut = createEffects({
    engine,
    identity: { keys: a.keys, epoch: 1 },
    boot: 1,
    clock: virtualClock,
    store,
    mesh: {
      publish: () => undefined,
      sendRaft: (to, message) => void sent.push([to, message]),
      request: () => Promise.reject(new Error('not asked')),
      rosterChanged: () => undefined,
    },
    loop: { dispatch: (event) => void events.push(event) },
    log: createLogger({ level: 'silent' }),
    settle: () => undefined,
    reconcile: () => undefined,
    saw: () => undefined,
    count: (code) => void counted.push(code),
  })
  const carry = async (effect: Exclude<Effect, { type: 'persist' }>): Promise<void> => carryOut(effect)
  return { disk, store, events, sent, counted, carry }
}

describe('effects', () => {
  useVirtualTime()

  test('a message travels with its epoch', async () => {
    const { carry, sent } = await setup()
    const message = { type: 'vote-reply', term: 3, granted: true } as const
    await carry({ type: 'send', to: 'b' as HostId, epoch: 4, message })
    expect(sent).toEqual([['b', { epoch: 4, message }]])
  })

  test.each([
    ['copied aside', true],
    ['gone all the same where it cannot be copied', false],
  ])('a log of an epoch that is over is %s; then the engine is told', async (_, canCopy) => {
    const { carry, disk, store, events } = await setup()
    const old = {
      hard: { term: 7, votedFor: 'b' as HostId },
      snapshot: { index: 3, term: 2, configuration: { voters: [a.id], learners: [] }, state: { epoch: 1 } },
      entries: [{ index: 4, term: 7, data: { type: 'noop' } }],
    } as const
    await store.persistRaft(old)
    if (!canCopy) store.copyRaft = () => Promise.reject(new Error('the disk is full'))
    await carry({ type: 'drop-log', epoch: 1 })
    expect(await store.loadRaft()).toEqual({
      hard: { term: 0, votedFor: null },
      snapshot: { index: 0, term: 0, configuration: { voters: [], learners: [] }, state: null },
      entries: [],
    })
    expect(events).toEqual([{ type: 'log-dropped' }])
    const copies = [...disk.copies]
    expect(copies.map(([name, text]) => [name, JSON.parse(text)])).toEqual(
      canCopy ? [['2026-11-20T00-00-00-000Z-epoch-1', old]] : [],
    )
  })

  test('a notice is counted by its code', async () => {
    const { carry, counted } = await setup()
    await carry({ type: 'notice', level: 'debug', code: 'OLD_EPOCH', fields: {} })
    expect(counted).toEqual(['OLD_EPOCH'])
  })
})

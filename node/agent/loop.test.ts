import { describe, expect, test } from 'vitest'
import type { Effect } from '#core/engine/effect.ts'
import type { Event } from '#core/engine/event.ts'
import type { HostId, LabName } from '#core/model/ids.ts'
import type { Command } from '#core/state/commands.ts'
import { virtualClock } from '#testing/virtual-time.ts'
import { Loop } from './loop.ts'

const vote = (term: number): Effect => ({ type: 'persist', hard: { term, votedFor: null } })
const send = (to: string): Effect => ({
  type: 'send',
  to: to as HostId,
  epoch: 1,
  message: { type: 'vote-reply', term: 1, granted: true },
})
const nameOf = (effect: Effect): string =>
  effect.type === 'send' ? `send ${effect.to}` : effect.type === 'deactivate' ? `deactivate ${effect.lab}` : effect.type

const command = (requestId: string): Command => ({ type: 'revoke-token', requestId, nowMs: 0, id: 't1' })

interface Script {
  /** Effects by lab of a `submit` event, or by type of another. */
  readonly answers: Readonly<Record<string, readonly Effect[]>>
  persist?(terms: readonly (number | undefined)[]): Promise<void>
  isCommitting?(): boolean
  carryOut?(effect: Effect, dispatch: (lab: string) => void): void | Promise<void>
}

/** A loop whose engine answers each event by name, and what it did, in order. */
const bench = ({ answers, persist, carryOut, isCommitting = () => false }: Script) => {
  const did: string[] = []
  const fatal: unknown[] = []
  const loop = new Loop({
    engine: {
      handle: (event: Event) => {
        if (event.type === 'propose') did.push(`propose ${event.commands.map(({ requestId }) => requestId).join('+')}`)
        return event.type === 'submit' ? (answers[event.lab] ?? []) : (answers[event.type] ?? [])
      },
    },
    clock: virtualClock,
    isCommitting,
    persist: async (effects) => {
      const terms = effects.map((effect) => effect.hard?.term)
      await persist?.(terms)
      did.push(`persist ${terms.join('+')}`)
    },
    carryOut: (effect) => {
      did.push(nameOf(effect))
      return carryOut?.(effect, dispatch)
    },
    onFatal: (error) => fatal.push(error),
  })
  const dispatch = (lab: string): void => loop.dispatch({ type: 'submit', lab, intent: null })
  return { loop, did, fatal, dispatch }
}

describe('loop', () => {
  test('carries effects out in order, one after the other', async () => {
    const { loop, did, dispatch } = bench({
      answers: { x: [send('a'), { type: 'reconcile' }, send('b')] },
      carryOut: async () => {
        await Promise.resolve()
        did.push('done')
      },
    })
    dispatch('x')
    expect(did).toEqual([])
    await loop.idle()
    expect(did).toEqual(['send a', 'done', 'reconcile', 'done', 'send b', 'done'])
  })

  test('all that waits to be kept shares one write, and nothing is sent before it is done', async () => {
    const disk = Promise.withResolvers<void>()
    const { loop, did, dispatch } = bench({
      answers: { x: [vote(1), send('a')], y: [vote(2), send('b')] },
      persist: () => disk.promise,
    })
    dispatch('x')
    dispatch('y')
    await new Promise((resolve) => setImmediate(resolve))
    expect(did).toEqual([])
    disk.resolve()
    await loop.idle()
    expect(did).toEqual(['persist 1+2', 'send a', 'send b'])
  })

  test('what arrives during a write waits for the next one', async () => {
    const first = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const { loop, did, dispatch } = bench({
      answers: { x: [vote(1), send('a')], y: [vote(2), send('b')] },
      persist: ([term]) => {
        began.resolve()
        return term === 1 ? first.promise : Promise.resolve()
      },
    })
    dispatch('x')
    await began.promise
    dispatch('y')
    first.resolve()
    await loop.idle()
    expect(did).toEqual(['persist 1', 'send a', 'persist 2', 'send b'])
  })

  test('commands that come during a write go to the engine as one, and what waits for no write is not held up by theirs', async () => {
    const writes = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const { loop, did, dispatch } = bench({
      answers: { propose: [vote(1), send('p')], ack: [send('answer')] },
      persist: () => writes.shift()?.promise ?? Promise.resolve(),
    })
    const [first, second] = [...writes]
    loop.propose([command('1')])
    await turn()
    for (const id of ['2', '3']) loop.propose([command(id)])
    dispatch('ack')
    loop.propose([command('4'), command('5')])
    await turn()
    expect(did).toEqual(['propose 1'])
    first?.resolve()
    await turn()
    expect(did).toEqual(['propose 1', 'persist 1', 'send p', 'send answer', 'propose 2+3+4+5'])
    second?.resolve()
    await loop.idle()
    expect(did.slice(-2)).toEqual(['persist 1', 'send p'])
  })

  test('commands wait for the round under way and go together; many do not wait', async () => {
    let isCommitting = true
    const { loop, did, dispatch } = bench({ answers: { ack: [] }, isCommitting: () => isCommitting })
    loop.propose([command('1')])
    loop.propose([command('2')])
    await loop.idle()
    expect(did).toEqual([])
    isCommitting = false
    dispatch('ack')
    await loop.idle()
    expect(did).toEqual(['propose 1+2'])
    isCommitting = true
    loop.propose(Array.from({ length: 1_023 }, () => command('x')))
    await loop.idle()
    expect(did).toHaveLength(1)
    loop.propose([command('last')])
    await loop.idle()
    expect(did).toHaveLength(2)
  })

  test('what stands before a write is done while it is under way, what stands behind it only if it succeeds', async () => {
    const disk = Promise.withResolvers<void>()
    const { loop, did, fatal } = bench({
      answers: { propose: [send('early'), vote(1), send('late')] },
      persist: () => {
        did.push('begun')
        return disk.promise
      },
    })
    loop.propose([command('1')])
    await new Promise((resolve) => setImmediate(resolve))
    expect(did).toEqual(['propose 1', 'begun', 'send early'])
    disk.reject(new Error('no space left'))
    await loop.idle()
    expect(did).toEqual(['propose 1', 'begun', 'send early'])
    expect(fatal).toMatchObject([{ message: 'no space left' }])
  })

  test('an effect may dispatch: its effects come behind those that wait, and idle waits for them', async () => {
    const { loop, did, dispatch } = bench({
      answers: { x: [{ type: 'deactivate', lab: 'now' as LabName }, send('a')], y: [vote(2), send('b')] },
      carryOut: (effect, then) => {
        if (effect.type === 'deactivate') then('y')
      },
    })
    dispatch('x')
    await loop.idle()
    expect(did).toEqual(['deactivate now', 'send a', 'persist 2', 'send b'])
  })

  test('a host whose disk fails sends nothing, says so once and is dead afterwards', async () => {
    const broken = new Error('no space left')
    const { loop, did, fatal, dispatch } = bench({
      answers: { x: [vote(1), send('a')], y: [send('b')] },
      persist: () => Promise.reject(broken),
    })
    dispatch('x')
    dispatch('y')
    await loop.idle()
    dispatch('y')
    await loop.idle()
    expect(did).toEqual([])
    expect(fatal).toEqual([broken])
  })

  test('an effect that cannot be carried out stops the host as well: what follows may rest on it', async () => {
    const { loop, did, fatal, dispatch } = bench({
      answers: { x: [send('a'), send('b')] },
      carryOut: () => Promise.reject(new Error('store')),
    })
    dispatch('x')
    await loop.idle()
    expect(did).toEqual(['send a'])
    expect(fatal).toHaveLength(1)
  })

  test('idle is at once where nothing was asked', async () => {
    await expect(bench({ answers: {} }).loop.idle()).resolves.toBeUndefined()
  })
})

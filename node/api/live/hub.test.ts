import { beforeEach, describe, expect, test } from 'vitest'
import type { PatchOp } from '#core/view/patch.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { pendingView, upView } from '#testing/fake-agent-views.ts'
import { labSample } from '#testing/lab-samples.ts'
import { LiveHub, MAX_TABS, MAX_TABS_OF_ONE, type Seat } from './hub.ts'
import { CLOSE, MAX_WAITING_BYTES } from './member.ts'
import type { LiveView } from './view.ts'

type Message =
  | { readonly type: 'snapshot'; readonly seq: number; readonly view: LiveView }
  | { readonly type: 'patch'; readonly seq: number; readonly ops: readonly PatchOp[] }

/** A tab in memory. */
class FakeTab {
  waitingBytes = 0
  readonly raw: Buffer[] = []
  ended: number | undefined

  send(message: Buffer): void {
    this.raw.push(message)
  }

  end(code: number): void {
    this.ended = code
  }

  get messages(): readonly Message[] {
    return this.raw.map((bytes) => JSON.parse(bytes.toString()) as Message)
  }

  get last(): Message {
    const message = this.messages.at(-1)
    if (message === undefined) throw new Error('nothing was sent')
    return message
  }
}

const LAB = pendingView(labSample({ name: 'one', nodes: { r1: {}, r2: {} }, links: [['r1:eth1', 'r2:eth1']] }), 1)

let agent: FakeAgent
let hub: LiveHub
let nowMs: number
const seats: Seat[] = []

beforeEach(() => {
  agent = createFakeAgent()
  nowMs = 1_000_000
  hub = new LiveHub({ agent, clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } })
})

let people = 0
const join = (who = `user${++people}`): { tab: FakeTab; seat: Seat } => {
  const tab = new FakeTab()
  const seat = hub.join(tab, who)
  if (seat === undefined) throw new Error('it was not let in')
  seats.push(seat)
  return { tab, seat }
}
const look = (times = 1): void => {
  for (let time = 0; time < times; time += 1) {
    nowMs += 500
    hub.look()
  }
}

describe('a tab', () => {
  test('gets all at once, then what changes, numbered without a gap', () => {
    const { tab } = join()
    expect(tab.messages).toMatchObject([
      { type: 'snapshot', seq: 0, view: { self: { name: 'a' }, lab: null, labs: [], quorum: { seen: 1, total: 2 } } },
    ])
    agent.views.set('one', LAB)
    look()
    agent.views.delete('one')
    look()
    const [, first, second] = tab.messages
    expect(first).toMatchObject({ type: 'patch', seq: 1 })
    expect(first).toMatchObject({
      ops: [
        { op: 'replace', path: '/atMs', value: 1_000_500 },
        { op: 'add', path: '/labs/0', value: { name: 'one' } },
      ],
    })
    expect(second).toMatchObject({ seq: 2, ops: [{ path: '/atMs' }, { op: 'remove', path: '/labs/0' }] })
  })

  test('tells of problems as they come', () => {
    const { tab } = join()
    expect(tab.last).toMatchObject({ view: { problems: [{ what: 'host b is down' }] } })
    agent.leaderView = { ...agent.leaderView, leader: null, quorum: { have: 0, need: 1 }, missing: ['a'] }
    look()
    expect(JSON.stringify(tab.last)).toContain('no majority of voters')
  })

  test('hears of a quiet mesh every two seconds only', () => {
    const { tab } = join()
    look(12)
    expect(tab.messages.slice(1)).toEqual(
      [1, 2, 3].map((seq) => ({
        type: 'patch',
        seq,
        ops: [{ op: 'replace', path: '/atMs', value: 1_000_000 + seq * 2_000 }],
      })),
    )
  })

  test('sees the lab it watches whole, and others in a row', () => {
    agent.views.set('one', LAB)
    const [{ tab: watching, seat }, { tab: other }] = [join(), join()]
    seat.watch('one')
    expect(watching.last).toMatchObject({ type: 'snapshot', view: { lab: { name: 'one', state: 'pending' } } })
    agent.views.set('one', upView(LAB))
    look()
    expect(JSON.stringify(watching.last)).toContain('/lab/links/0/state')
    expect(JSON.stringify(other.last)).not.toContain('/lab/links')
    seat.watch(null)
    expect(watching.last).toMatchObject({ type: 'snapshot', view: { lab: null } })
  })

  test('may watch a lab that comes later', () => {
    const { tab, seat } = join()
    seat.watch('one')
    expect(tab.last).toMatchObject({ view: { lab: null } })
    agent.views.set('one', LAB)
    look()
    expect(tab.last).toMatchObject({ type: 'patch' })
    expect(JSON.stringify(tab.last)).toContain('"path":"/lab"')
  })

  test('that asks again gets all, with the number patches go on from', () => {
    const { tab, seat } = join()
    look(4)
    seat.resync()
    expect(tab.last).toMatchObject({ type: 'snapshot', seq: 1, view: { atMs: 1_002_000 } })
    look(4)
    expect(tab.last).toMatchObject({ type: 'patch', seq: 2 })
  })

  test('that asks for much before the next look gets the last of it then', () => {
    const { tab, seat } = join()
    for (const lab of ['two', 'three', 'four', 'one']) seat.watch(lab)
    agent.views.set('one', LAB)
    expect(tab.messages).toHaveLength(3)
    look()
    expect(tab.messages).toHaveLength(4)
    expect(tab.last).toMatchObject({ type: 'snapshot', seq: 1, view: { lab: { name: 'one' } } })
    agent.views.delete('one')
    look()
    expect(tab.last).toMatchObject({ type: 'patch', seq: 2 })
  })

  test('that goes to and fro gets the same bytes until the next look', () => {
    const { tab, seat } = join()
    seat.watch('one')
    seat.watch(null)
    expect(tab.raw[2]).toBe(tab.raw[0])
  })

  test('that asks without end is let go', () => {
    const { tab, seat } = join()
    for (let ask = 0; ask < 20; ask += 1) seat.watch(`lab${ask}`)
    expect(tab.ended).toBeUndefined()
    seat.watch('one')
    expect(tab.ended).toBe(CLOSE.policy)
  })
})

describe('tabs', () => {
  test('that see the same get the very same bytes, from one look', () => {
    const tabs = Array.from({ length: 50 }, () => join().tab)
    let looks = 0
    const { labViews } = agent
    agent.labViews = () => {
      looks += 1
      return labViews()
    }
    agent.views.set('one', LAB)
    look()
    expect(looks).toBe(1)
    expect(new Set(tabs.map(({ raw }) => raw.at(-1))).size).toBe(1)
    expect(new Set(tabs.map(({ raw }) => raw[0])).size).toBe(1)
  })

  test('beyond the limit are sent away, and there is room again once one goes', () => {
    const all = Array.from({ length: MAX_TABS }, () => join())
    const tab = new FakeTab()
    expect(hub.join(tab, 'late')).toBeUndefined()
    expect(tab.ended).toBe(CLOSE.later)
    all[0]?.seat.leave()
    all[0]?.seat.leave()
    expect(hub.tabs).toBe(MAX_TABS - 1)
    join()
  })

  test('of one user leave room for those of others', () => {
    const all = Array.from({ length: MAX_TABS_OF_ONE }, () => join('ann'))
    const tab = new FakeTab()
    expect(hub.join(tab, 'ann')).toBeUndefined()
    expect(tab.ended).toBe(CLOSE.later)
    join('bob')
    all[0]?.seat.leave()
    join('ann')
  })

  test('that left cost nothing', () => {
    const { seat, tab } = join()
    seat.leave()
    agent.fail('labViews', new Error('nobody may look'))
    look()
    seat.watch('one')
    seat.resync()
    expect(tab.messages).toHaveLength(1)
    expect(hub.tabs).toBe(0)
  })

  test('see nothing where the agent cannot be looked at, and all again later', () => {
    const { tab } = join()
    agent.fail('labViews', new Error('broken'))
    expect(() => look()).toThrow('broken')
    agent.fail('labViews', undefined)
    agent.views.set('one', LAB)
    look()
    expect(tab.last).toMatchObject({ type: 'patch', seq: 1 })
  })
})

test('a tab that comes while nobody can look sees when that was seen', () => {
  join()
  agent.fail('labViews', new Error('broken'))
  for (let time = 0; time < 10; time += 1) expect(() => look()).toThrow('broken')
  const { tab, seat } = join()
  seat.watch('one')
  for (const message of tab.messages) expect(message).toMatchObject({ type: 'snapshot', view: { atMs: 1_000_000 } })
})

describe('a tab that does not keep up', () => {
  test('gets nothing more until it took all off, then all anew', () => {
    const [{ tab: slow }, { tab: quick }] = [join(), join()]
    slow.waitingBytes = MAX_WAITING_BYTES + 1
    look(8)
    expect(slow.messages).toHaveLength(1)
    expect(quick.messages).toHaveLength(3)
    slow.waitingBytes = 1
    look(4)
    expect(slow.messages).toHaveLength(1)
    slow.waitingBytes = 0
    look()
    expect(slow.last).toMatchObject({ type: 'snapshot', seq: 3 })
    look(4)
    expect(slow.last).toMatchObject({ type: 'patch', seq: 4 })
    expect(slow.ended).toBeUndefined()
  })

  test('cannot pile up snapshots by asking', () => {
    const { tab, seat } = join()
    tab.waitingBytes = MAX_WAITING_BYTES + 1
    for (let ask = 0; ask < 10; ask += 1) seat.resync()
    expect(tab.messages).toHaveLength(1)
  })

  test('is let go where it takes nothing off at all', () => {
    const { tab } = join()
    tab.waitingBytes = MAX_WAITING_BYTES + 1
    look(40)
    expect(tab.ended).toBeUndefined()
    look(10)
    expect(tab.ended).toBe(CLOSE.later)
  })
})

import { describe, expect, test } from 'vitest'
import type { FeedTold } from '#core/model/feed.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'
import type { Trouble } from '#core/plan/cause.ts'
import { nic, port, vtep, workload } from '#testing/network-samples.ts'
import { RepairNews } from './repairs.ts'
import { ToolNews } from './tools.ts'

const eth = nic({ node: 'r1', interface: 'eth1', pid: 7, ordinal: 1 })
const ETH = `interface r1:eth1, ${eth.hostName} on the host`
const missing: Trouble = { reason: 'missing', doing: { type: 'now' } }

const setup = () => {
  const told: FeedTold[] = []
  const clock = { nowMs: 0 }
  const tell = (one: FeedTold): void => void told.push(one)
  const repairs = new RepairNews({
    clock: { nowMs: () => 0, monotonicMs: () => clock.nowMs },
    tell,
    peerName: (address) => address,
  })
  const tools = new ToolNews({ tell })
  /** A look after `ms`: everything wanted is there, but what has a trouble. */
  const look = (wanted: readonly Resource[], troubles: readonly (readonly [ResourceId, Trouble])[] = [], ms = 100) => {
    clock.nowMs += ms
    const wrong = new Map(troubles)
    const pass = { wanted, seen: wanted.filter(({ id }) => !wrong.has(id)), failures: new Map(), troubles: wrong }
    repairs.passed(pass)
    tools.passed(pass)
  }
  const did = (op: 'create' | 'delete', it: Resource, error: string | null = null, ms = 30): void => {
    clock.nowMs += ms
    const change = op === 'create' ? { type: op, to: it, reason: 'x' } : { type: op, from: it, reason: 'x' }
    repairs.did({ op: change, ok: error === null, message: error, ms })
  }
  return { told, look, did, codes: () => told.map(({ code, about }) => `${code} ${about}`), tools }
}

describe('repairs', () => {
  test('what a new lab makes is none; what was right and is made again is one, with why and how long', () => {
    const { told, look, did } = setup()
    look([eth], [[eth.id, missing]])
    did('create', eth)
    expect(told).toEqual([])
    look([eth])
    look([eth], [[eth.id, { reason: 'mtuBytes is 700, 1370 is wanted', doing: { type: 'now' } }]])
    did('delete', eth)
    look([eth], [[eth.id, missing]])
    did('create', eth)
    look([eth])
    expect(told).toEqual([
      {
        level: 'info',
        code: 'REPAIRED',
        lab: 'frr01',
        about: eth.id,
        message: `${ETH} was mended in 160 ms: mtuBytes is 700, 1370 is wanted`,
      },
    ])
  })

  test('another wish is no damage, a process id of another start is no wish', () => {
    const { told, look, did, codes } = setup()
    look([eth])
    const other = { ...eth, mtuBytes: 1_400 }
    look([other], [[eth.id, missing]])
    did('create', other)
    expect(told).toEqual([])
    look([other])
    look([{ ...other, pid: 8 }], [[eth.id, missing]])
    did('create', { ...other, pid: 8 })
    expect(codes()).toEqual([`REPAIRED ${eth.id}`])
  })

  test('what goes because what it stands on is wanted otherwise is no damage; what goes with what it stands on is', () => {
    const { told, look, did, codes } = setup()
    const [box, on] = [workload('r1', 7), { ...eth, needs: [workload('r1', 7).id] }]
    look([box, on])
    const other = { ...box, specHash: 'y' }
    look([other, on], [[box.id, { reason: 'its specification changed', doing: { type: 'now' } }]])
    look(
      [other, on],
      [
        [box.id, missing],
        [on.id, missing],
      ],
    )
    did('create', other)
    did('create', on)
    expect(told).toEqual([])
    look([other, on])
    look(
      [other, on],
      [
        [box.id, missing],
        [on.id, missing],
      ],
    )
    did('create', other)
    look([other, on], [[on.id, missing]])
    did('create', on)
    expect(codes()).toEqual([`REPAIRED ${box.id}`, `REPAIRED ${on.id}`])
  })

  test('what is wanted no more is forgotten', () => {
    const { told, look, did } = setup()
    look([eth])
    look([])
    look([eth], [[eth.id, missing]])
    did('create', eth)
    expect(told).toEqual([])
  })

  test('a failure is told at the 1st, 2nd, 4th, 8th try, and anew once it had worked', () => {
    const { told, look, did } = setup()
    look([eth])
    for (let count = 1; count <= 9; count += 1) {
      look([eth], [[eth.id, missing]])
      did('create', eth, 'no such device')
    }
    expect(told.map(({ code, message }) => `${code} ${message}`)).toEqual([
      `REPAIR_FAILED ${ETH} cannot be made: no such device`,
      `REPAIR_FAILED ${ETH} cannot be made (2 tries): no such device`,
      `REPAIR_FAILED ${ETH} cannot be made (4 tries): no such device`,
      `REPAIR_FAILED ${ETH} cannot be made (8 tries): no such device`,
    ])
    did('create', eth)
    look([eth])
    look([eth], [[eth.id, missing]])
    did('create', eth, 'again')
    expect(told.slice(4).map(({ code }) => code)).toEqual(['REPAIRED', 'REPAIR_FAILED'])
  })

  test('each kind is named as people name it, with its lab where it has one', () => {
    const { told, look, did } = setup()
    const all = [workload('r1', 7), port('skn1', 3), vtep('net1', 4_096)]
    look(all)
    look(
      all,
      all.map(({ id }) => [id, missing] as const),
    )
    for (const one of all) did('create', one)
    expect(told.map(({ lab, message }) => `${lab} ${message.split(' was ')[0]}`)).toEqual([
      'frr01 container clab-frr01-r1',
      'frr01 bridge port skn1',
      `frr01 tunnel device ${vtep('net1', 4_096).device}`,
    ])
  })
})

describe('tools', () => {
  const blind: Trouble = { reason: 'nothing can be read', doing: { type: 'blind', error: 'ovs-vsctl: no answer' } }

  test('one that cannot be read is told once, and once it can again; what it hides is neither broken nor mended', () => {
    const { told, look } = setup()
    look([eth])
    for (let count = 0; count < 3; count += 1) look([eth], [[eth.id, blind]])
    look([eth])
    look([eth])
    expect(told.map(({ code, about, message }) => `${code} ${about} ${message}`)).toEqual([
      'TOOL_SILENT reading nic reading nic: ovs-vsctl: no answer',
      'TOOL_BACK reading nic reading nic: it answers again',
    ])
  })

  test('a source that never was silent is not back', () => {
    const { told, tools } = setup()
    tools.back('ip monitor')
    tools.silent('ip monitor', 'it ended')
    tools.silent('ip monitor', 'it ended')
    tools.back('ip monitor')
    expect(told.map(({ code }) => code)).toEqual(['TOOL_SILENT', 'TOOL_BACK'])
  })
})

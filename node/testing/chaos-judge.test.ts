import { beforeEach, describe, expect, test } from 'vitest'
import type { LabView } from '#core/view/types.ts'
import type { Done } from './chaos-faults.ts'
import { Judge, type Sample } from './chaos-judge.ts'
import { chaosLab } from './chaos-labs.ts'

const lab = chaosLab('l', { nodes: { a: 'x1', b: 'x2', c: 'x3' }, cables: [['a', 'b']], bridged: ['a', 'b', 'c'] })
const hostOf: Readonly<Record<string, string>> = { a: 'x1', b: 'x2', c: 'x3', sw: '' }

/** All links in one state, as x1 tells it. */
const view = (state: 'up' | 'error'): LabView => ({
  name: 'l',
  state: 'up',
  generation: 1,
  nodes: [],
  notes: [],
  links: [...lab.links.keys()].map((key, at) => ({
    id: key,
    state,
    vni: key.includes('sw:') ? 4096 : 4097 + at,
    mtu: 1400,
    endpoints: key.split(' ').map((end) => {
      const [node = '', name = ''] = end.split(':')
      return { node, interface: name, host: hostOf[node] ?? null, mac: null, vlan: 2 }
    }),
  })),
})

/** Every ping is answered but those whose id has one of `dead` in it. */
const sample = (atS: number, state: 'up' | 'error', dead: readonly string[]): Sample => ({
  fromMs: atS * 1000,
  toMs: atS * 1000 + 1000,
  pings: new Map([...lab.links.values()].flat().map(({ id }) => [id, !dead.some((part) => id.includes(part))])),
  views: new Map([['x1', [view(state)]]]),
})

describe('links as told, held against pings', () => {
  let harms: Done[] = []
  let judge = new Judge([lab], () => harms)
  const seeS = (fromS: number, toS: number, ...rest: [state: 'up' | 'error', dead: readonly string[]]): void => {
    for (let atS = fromS; atS < toS; atS += 1) judge.see(sample(atS, ...rest))
  }
  beforeEach(() => {
    harms = []
    judge = new Judge([lab], () => harms)
  })

  test('up while the ping fails is false once it has lasted, and told once', () => {
    seeS(0, 4, 'up', ['a:eth1'])
    expect(judge.found).toEqual([])
    seeS(4, 10, 'up', ['a:eth1'])
    expect(judge.found).toEqual([expect.stringMatching(/^up l a:eth1 b:eth1, as x1 tells it: false for 10.0 s/)])
  })

  test('a moment of truth between begins anew', () => {
    seeS(0, 3, 'up', ['a:eth1'])
    seeS(3, 4, 'up', [])
    seeS(4, 7, 'up', ['a:eth1'])
    seeS(7, 8, 'error', ['a:eth1'])
    seeS(8, 11, 'up', ['a:eth1'])
    expect(judge.found).toEqual([])
  })

  test('of a segment, the end that fails is false, and not those that reach another', () => {
    seeS(0, 8, 'up', ['c:eth1'])
    expect(judge.found).toEqual([expect.stringMatching(/^up l c:eth1 sw:p3,/)])
  })

  test('of a segment without any answer none is blamed', () => {
    seeS(0, 8, 'up', ['eth2', 'c:eth1'])
    expect(judge.found).toEqual([])
  })

  test('an error that stays while pings are answered is false', () => {
    seeS(0, 9, 'error', [])
    expect(judge.found).toEqual([])
    seeS(9, 14, 'error', [])
    expect(judge.found).toHaveLength(4)
  })

  test('a host that is off excuses what it has a part in, for a while after too, and nothing else', () => {
    harms.push({ type: 'power-off', hosts: ['x2'], isLasting: true, fromMs: 0, untilMs: 3_000 })
    seeS(0, 17, 'up', ['eth'])
    expect(judge.found).toEqual([])
    seeS(17, 28, 'up', ['a:eth1'])
    expect(judge.found).toHaveLength(1)
  })

  test('a dead engine excuses an error, but not a link told up', () => {
    harms.push({
      type: 'dockerd-killed',
      hosts: ['x1'],
      isLasting: false,
      fromMs: 0,
      untilMs: Number.POSITIVE_INFINITY,
    })
    seeS(0, 14, 'error', [])
    expect(judge.found).toEqual([])
    seeS(14, 22, 'up', ['a:eth1'])
    expect(judge.found).toHaveLength(1)
  })

  test.each<{ harmed: string; type: Done['type']; begins: string }>([
    { harmed: 'x1', type: 'vswitchd-killed', begins: 'anew' },
    { harmed: 'x3', type: 'vswitchd-killed', begins: 'not anew' },
    { harmed: 'x1', type: 'port-deleted', begins: 'not anew' },
  ])('the time of a link told up begins $begins with $type on $harmed', ({ harmed, type, begins }) => {
    seeS(0, 3, 'up', ['a:eth1'])
    harms.push({ type, hosts: [harmed], isLasting: false, fromMs: 2_500, untilMs: 3_500 })
    seeS(3, 6, 'up', ['a:eth1'])
    expect(judge.found).toHaveLength(begins === 'anew' ? 0 : 1)
    seeS(6, 9, 'up', ['a:eth1'])
    expect(judge.found).toHaveLength(1)
  })

  test('what a late machine shows is not judged', () => {
    for (let atS = 0; atS < 40; atS += 5) judge.see({ ...sample(atS, 'up', ['a:eth1']), toMs: atS * 1000 + 4_900 })
    expect(judge.found).toEqual([])
  })
})

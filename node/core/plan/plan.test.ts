import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Op, type Resource, subject } from '../model/resource.ts'
import { desired } from './desired.ts'
import { plan } from './plan.ts'
import { assign, onFirstHost, ToyHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const cables = [
  ['r1:eth1', 'r2:eth1'],
  ['r1:eth2', 'r3:eth1'],
]
const intent = sampleLab('lab', [labNode('r1'), labNode('r2'), labNode('r3')], cables)
const input = onFirstHost([{ intent, assignment: assign(intent, { r1: 1, r2: 1, r3: 2 }) }])
const empty = onFirstHost([])
const text = (op: Op): string => `${op.type} ${subject(op).id}`
const built = (): ToyHost => {
  const toy = new ToyHost()
  toy.converge(input)
  return toy
}
const look = (toy: ToyHost, from = input) => plan(desired({ ...from, seen: toy.list() }), toy.list())
const broken = (toy: ToyHost, id: string, change: object): readonly string[] => {
  const held = toy.seen.get(id)
  if (!held) throw new Error(`no ${id}`)
  toy.seen.set(id, { ...held, ...change } as Resource)
  return look(toy).ready.map(text)
}

describe('plan, on a bare host', () => {
  it('begins with what needs nothing and says what the rest waits for', () => {
    const { ready, blocked } = plan(desired(input), [])
    expect(ready.map(text)).toEqual(['create bridge/skein0', 'create wg-interface/skw0', 'create image/frr:10'])
    const waiting = new Map(blocked.map(({ op, waitingFor }) => [text(op), waitingFor]))
    expect(waiting.get('create workload/lab/r1')).toEqual(['image/frr:10'])
    expect(waiting.get('create nic/lab/r1:eth1')).toEqual(['workload/lab/r1'])
    expect(waiting.get('create port/n-lab-r1:eth1')).toEqual(['bridge/skein0', 'nic/lab/r1:eth1', 'wire/100'])
    expect(waiting.get('create wire/100')).toEqual(['bridge/skein0'])
    expect(waiting.get('create vtep/lab/r1:eth2--r3:eth1')).toEqual(['wg-interface/skw0'])
  })

  it('is done after four passes, then has nothing to do', () => {
    const toy = new ToyHost()
    expect(toy.converge(input)).toBe(4)
    expect(look(toy)).toEqual({ ready: [], blocked: [] })
  })
})

describe('plan, when things break', () => {
  it.each<[string, string, object, readonly string[]]>([
    ['a changed tag is put right', 'port/n-lab-r1:eth1', { vlan: 9 }, ['update port/n-lab-r1:eth1']],
    ['a stale port is made again', 'port/n-lab-r1:eth1', { ifindex: 1 }, ['delete port/n-lab-r1:eth1']],
    [
      'a port attached to nothing is made again',
      'port/n-lab-r1:eth1',
      { ifindex: undefined },
      ['delete port/n-lab-r1:eth1'],
    ],
    ['a broken thing is made again', 'port/n-lab-r1:eth1', { fault: 'no such device' }, ['delete port/n-lab-r1:eth1']],
    [
      'a nic goes after its port',
      'nic/lab/r1:eth1',
      { fault: 'other end gone' },
      ['delete port/n-lab-r1:eth1', 'delete nic/lab/r1:eth1'],
    ],
    [
      'a wrong VNI',
      'vtep/lab/r1:eth2--r3:eth1',
      { vni: 1 },
      ['delete port/v-lab-r1:eth2--r3:eth1', 'delete vtep/lab/r1:eth2--r3:eth1'],
    ],
    [
      'a changed container',
      'workload/lab/r2',
      { specHash: 'x' },
      ['delete port/n-lab-r2:eth1', 'delete nic/lab/r2:eth1', 'delete workload/lab/r2'],
    ],
    ['a stopped container is started', 'workload/lab/r2', { state: 'exited', pid: 0 }, ['update workload/lab/r2']],
  ])('%s', (_what, id, change, ops) => {
    const toy = built()
    expect(broken(toy, id, change)).toEqual(ops)
    expect(toy.converge(input)).toBeLessThan(6)
    expect(look(toy)).toEqual({ ready: [], blocked: [] })
  })

  it('a port whose device is gone goes, and comes back with it', () => {
    const toy = built()
    toy.seen.delete('nic/lab/r1:eth1')
    const { ready, blocked } = look(toy)
    expect(ready.map(text)).toEqual(['delete port/n-lab-r1:eth1', 'create nic/lab/r1:eth1'])
    expect(blocked).toEqual([])
    toy.converge(input)
    expect(look(toy)).toEqual({ ready: [], blocked: [] })
  })

  it('a container that started again is wired again', () => {
    const toy = built()
    toy.restart('workload/lab/r1')
    toy.converge(input)
    expect(look(toy)).toEqual({ ready: [], blocked: [] })
    expect(toy.seen.has('nic/lab/r1:eth2')).toBe(true)
  })

  it('nothing is torn down because a tool does not answer', () => {
    const toy = built()
    const without = (kind: Resource['kind']) => (resource: Resource) => resource.kind !== kind
    for (const kind of ['workload', 'nic', 'vtep', 'bridge', 'wg-interface'] as const) {
      const seen = toy.list().filter(without(kind))
      const wanted = desired({ ...input, seen }).filter(without(kind))
      const hurt = seen.map((resource) =>
        kind === 'workload' && resource.kind === 'nic' ? { ...resource, pid: 0, fault: 'no process' } : resource,
      )
      expect(plan(wanted, hurt).ready.filter((op) => op.type === 'delete')).toEqual([])
    }
  })
})

describe('plan, when a lab goes', () => {
  it('takes away all of it but images, in an order that leaves nothing hanging', () => {
    const toy = built()
    expect(look(toy, empty).ready.map(text)).toEqual([
      'delete port/n-lab-r1:eth1',
      'delete port/n-lab-r1:eth2',
      'delete port/n-lab-r2:eth1',
      'delete port/v-lab-r1:eth2--r3:eth1',
      'delete wire/100',
      'delete wire/101',
      'delete nic/lab/r1:eth1',
      'delete nic/lab/r1:eth2',
      'delete nic/lab/r2:eth1',
      'delete vtep/lab/r1:eth2--r3:eth1',
      'delete workload/lab/r1',
      'delete workload/lab/r2',
    ])
    expect(toy.converge(empty)).toBe(1)
    expect(
      toy
        .list()
        .filter(({ kind }) => kind !== 'image')
        .map(({ id }) => id),
    ).toEqual(['bridge/skein0', 'wg-interface/skw0', 'wg-peer/skw0/key2=', 'wg-peer/skw0/key3='])
  })

  it('adds the new before it deletes the old', () => {
    const toy = built()
    const other = sampleLab('new', [labNode('x')], [])
    const next = onFirstHost([{ intent: other, assignment: assign(other, { x: 1 }) }])
    expect(look(toy, next).ready.map(text)[0]).toBe('create workload/new/x')
  })

  it('makes the new wait for what holds its name', () => {
    const toy = built()
    const other = sampleLab('new', [labNode('r1'), labNode('y')], [])
    const next = onFirstHost([{ intent: other, assignment: assign(other, { r1: 1, y: 1 }) }], {
      names: { ...input.names, container: (_intent, node) => `clab-lab-${node}` },
    })
    const { ready, blocked } = look(toy, next)
    expect(blocked.map(({ op, waitingFor }) => [text(op), waitingFor])).toEqual([
      ['create workload/new/r1', ['workload/lab/r1']],
    ])
    expect(ready.map(text).slice(0, 6)).toEqual([
      'delete port/n-lab-r1:eth1',
      'delete port/n-lab-r1:eth2',
      'delete nic/lab/r1:eth1',
      'delete nic/lab/r1:eth2',
      'delete workload/lab/r1',
      'create workload/new/y',
    ])
    toy.converge(next)
    expect(toy.seen.has('workload/new/r1')).toBe(true)
  })
})

describe('plan, from anywhere', () => {
  const all = built().list()
  const damage = fc.constantFrom<(resource: Resource) => Resource | undefined>(
    (resource) => resource,
    () => undefined,
    (resource) => ({ ...resource, fault: 'broken' }),
    (resource) => ('ifindex' in resource ? { ...resource, ifindex: 1 } : resource),
    (resource) => (resource.kind === 'workload' ? { ...resource, state: 'exited', pid: 0 } : resource),
    (resource) => (resource.kind === 'nic' ? { ...resource, pid: 3 } : resource),
  )
  const ruins = fc
    .tuple(...all.map(() => damage))
    .map((damages) => all.flatMap((resource, at) => damages[at]?.(resource) ?? []))

  it('leads to what is wanted, and to nothing once nothing is wanted', () => {
    fc.assert(
      fc.property(ruins, (seen) => {
        const toy = new ToyHost()
        for (const resource of seen) toy.seen.set(resource.id, resource)
        toy.converge(input)
        expect(look(toy)).toEqual({ ready: [], blocked: [] })
        toy.converge(empty)
        expect(toy.list().filter(({ id }) => id.includes('lab'))).toEqual([])
      }),
    )
  })

  it('is the same in whatever order things are listed, and names each once', () => {
    fc.assert(
      fc.property(ruins, fc.infiniteStream(fc.nat()), (seen, salt) => {
        const shuffle = <T>(items: readonly T[]): readonly T[] =>
          items
            .map((item) => [salt.next().value ?? 0, item] as const)
            .sort(([a], [b]) => a - b)
            .map(([, item]) => item)
        const wanted = desired({ ...input, seen })
        const straight = plan(wanted, seen)
        expect(plan(shuffle(wanted), shuffle(seen))).toEqual(straight)
        const ids = [...straight.ready, ...straight.blocked.map(({ op }) => op)].map(text)
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })
})

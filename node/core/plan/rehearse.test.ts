import { describe, expect, it } from 'vitest'
import type { Resource } from '../model/resource.ts'
import { subject } from '../model/resource.ts'
import { desired } from './desired.ts'
import { rehearse } from './rehearse.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const intent = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
const wantedLab = { intent, assignment: assign(intent, { r1: 1, r2: 2 }) }
const wanted = (seen: readonly Resource[]) => desired(onFirstHost([wantedLab], { seen }))
const rounds = (seen: readonly Resource[], want = wanted) =>
  rehearse({ seen, wanted: want, pid: () => -1 }).map((ops) => ops.map((op) => `${op.type} ${subject(op).kind}`))

describe('a rehearsal', () => {
  it('of an empty host ends with all of it, things that others stand on first', () => {
    const all = rounds([]).flat()
    expect(all.filter((op) => op.includes('workload'))).toEqual(['create workload'])
    expect(all.indexOf('create image')).toBeLessThan(all.indexOf('create workload'))
    expect(all.indexOf('create workload')).toBeLessThan(all.indexOf('create nic'))
    expect(all.at(-1)).toBe('create port')
  })

  it('of a host that has all has nothing to do', () => {
    const there: Resource[] = []
    rehearse({ seen: [], wanted, pid: () => -1 }).forEach((ops) => {
      for (const op of ops) if (op.type !== 'delete') there.push({ ...op.to, needs: [] })
    })
    const seen = there.map((one) => (one.kind === 'workload' ? { ...one, pid: -1 } : one))
    expect(rounds(seen)).toEqual([])
  })

  it('fetches an image before what runs goes, and plugs in anew what was plugged into it', () => {
    const seen = wanted([]).map((one) => (one.kind === 'workload' ? { ...one, pid: 7 } : one))
    const there = desired(onFirstHost([wantedLab], { seen })).map((one) =>
      one.kind === 'workload' ? { ...one, pid: 7 } : one,
    )
    const next = { ...intent, nodes: intent.nodes.map((node) => ({ ...node, image: 'frr:11' })) }
    const found = rounds(there, (now) => desired(onFirstHost([{ ...wantedLab, intent: next }], { seen: now })))
    const all = found.flat()
    expect(all[0]).toBe('create image')
    expect(all.indexOf('create image')).toBeLessThan(all.indexOf('delete workload'))
    expect(all.indexOf('delete workload')).toBeLessThan(all.indexOf('create workload'))
    expect(all.filter((op) => op.endsWith('vtep'))).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { assignmentDraft, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { useVirtualTime } from '#testing/virtual-time.ts'
import type { VerifiedRecord } from '../model/record.ts'
import type { Effect } from './effect.ts'
import type { EngineOptions } from './engine.ts'
import type { ActiveLab } from './labs.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const lab = labSample({ name: 'one', nodes: { r1: {} } })

describe('a host looks at itself for a lab', () => {
  useVirtualTime()

  const setup = () => {
    const bench = new EngineBench({ hosts: [a, b] })
    let generation = 0
    const looks = (change: () => void): number => {
      const before = bench.of('reconcile').length
      change()
      return bench.of('reconcile').length - before
    }
    const runsOn = (host: typeof a): number =>
      looks(() => {
        generation += 1
        const draft = intentDraft(lab, a, generation)
        bench.hear(draft, a)
        bench.hear(assignmentDraft(draft, { r1: host.id }, generation + 2), a)
      })
    const deleted = (): number => looks(() => bench.hear({ ...intentDraft(lab, a, generation + 1), body: null }, a))
    return { bench, runsOn, deleted }
  }

  test('when it gets a part of it, when that changes, and when it loses it', () => {
    const { runsOn } = setup()
    expect([runsOn(a), runsOn(a), runsOn(b)]).toEqual([1, 1, 1])
  })

  test('when a lab it has a part of is deleted', () => {
    const { runsOn, deleted } = setup()
    expect([runsOn(a), deleted()]).toEqual([1, 1])
  })

  test('not for one that runs elsewhere, though it knows all of it', () => {
    const { bench, runsOn, deleted } = setup()
    expect([runsOn(b), runsOn(b)]).toEqual([0, 0])
    expect(bench.engine.active.get('one')?.assignment.index).toBe(4)
    expect(deleted()).toBe(0)
    expect(bench.engine.active.has('one')).toBe(false)
  })
})

describe('a host that stops at any moment', () => {
  useVirtualTime()
  const worker = benchHost('w', 3, 'worker')

  /** What is kept once these effects, and none after them, were carried out. */
  const keptAfter = (effects: readonly Effect[]): Required<Pick<EngineOptions, 'records' | 'active'>> => {
    const records = new Map<string, VerifiedRecord>()
    const active = new Map<string, ActiveLab>()
    for (const effect of effects) {
      if (effect.type === 'keep') records.set(`${effect.record.kind}/${effect.record.key}`, effect.record)
      if (effect.type === 'activate') active.set(effect.lab, effect.active)
      if (effect.type === 'deactivate') active.delete(effect.lab)
    }
    return { records: [...records.values()], active: Object.fromEntries(active) }
  }

  test('goes on with the newest that it had kept all of, whatever else was not kept yet', () => {
    const before = new EngineBench({ hosts: [worker, a] })
    const wishes = [1, 2].map((generation) => intentDraft(lab, a, generation))
    const deletion = { ...intentDraft(lab, a, 3), body: null }
    for (const [at, wish] of wishes.entries()) {
      before.hear(wish, a)
      before.hear(assignmentDraft(wish, { r1: worker.id }, at + 3), a)
    }
    before.hear(deletion, a)
    const met = new Set<string>()
    for (let count = 0; count <= before.effects.length; count += 1) {
      const kept = keptAfter(before.effects.slice(0, count))
      const after = new EngineBench({ hosts: [worker, a], kept })
      after.do({ type: 'tick' })
      const of = (kind: string) => kept.records.find((record) => record.kind === kind)
      const [intent, assignment] = [of('intent'), of('assignment')]
      const isAnswered = assignment !== undefined && Number(intent?.version[0]) === Number(assignment.version[2]) - 2
      const index =
        intent?.body === null
          ? undefined
          : isAnswered
            ? Number(assignment.version[2])
            : kept.active.one?.assignment.index
      expect([count, after.engine.active.get('one')?.assignment.index]).toEqual([count, index])
      met.add(`${index} from ${kept.active.one?.assignment.index}`)
      // What follows is kept before the host looks at itself for it.
      if (index !== kept.active.one?.assignment.index)
        expect(after.effects.map(({ type }) => type).filter((type) => /activate|reconcile/.test(type))).toEqual([
          index === undefined ? 'deactivate' : 'activate',
          'reconcile',
        ])
    }
    expect([...met]).toEqual(expect.arrayContaining(['3 from undefined', '4 from 3', 'undefined from 4']))
  })
})

import { describe, expect, test } from 'vitest'
import type { Effect } from '#core/engine/effect.ts'
import { statusDraft, statusKey } from '#core/engine/labs.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import { assignmentDraft, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { LabNews } from './labs.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]

const setup = () => {
  const told: FeedTold[] = []
  const bench = new EngineBench({ hosts: [a, b] })
  const news = new LabNews({ engine: bench.engine, tell: (one) => void told.push(one) })
  return { told, bench, news }
}
const refusal = (version: string, code = 'PLACEMENT_IMPOSSIBLE') => ({
  code,
  message: 'no room',
  intentVersion: version,
})
const refuse = (leader: HostId, refusals: Readonly<Record<string, unknown>>): Effect => ({
  type: 'publish',
  draft: statusDraft(statusKey(leader, ''), refusals, 0),
})

describe('labs that cannot be decided', () => {
  test('are told once for each wish, and again for another reason or wish', () => {
    const { told, news } = setup()
    news.saw(refuse(a.id, { one: refusal('1') }))
    news.saw(refuse(a.id, { one: refusal('1') }))
    news.saw(refuse(a.id, { one: refusal('1'), two: refusal('1', 'POOL_EXHAUSTED') }))
    news.saw(refuse(a.id, { one: refusal('2') }))
    expect(told.map(({ level, lab, message }) => `${level} ${lab} ${message}`)).toEqual([
      'warn one one waits: no room (PLACEMENT_IMPOSSIBLE)',
      'warn two two waits: no room (POOL_EXHAUSTED)',
      'warn one one waits: no room (PLACEMENT_IMPOSSIBLE)',
    ])
  })

  test('are not told by a new leader where the one before did', () => {
    const { told, bench, news } = setup()
    const draft = statusDraft(statusKey(b.id, ''), { one: refusal('1') }, 0)
    bench.do({ type: 'record', record: bench.sign(draft, b), own: false })
    news.saw(refuse(a.id, { one: refusal('1') }))
    expect(told).toEqual([])
    news.saw(refuse(a.id, { one: refusal('2') }))
    expect(told.length).toBe(1)
  })

  test('a number two labs were given is an error', () => {
    const { told, news } = setup()
    const fields = { lab: 'one', vni: 4_096, other: 'two' }
    news.saw({ type: 'notice', level: 'error', code: 'ALLOCATION_CONFLICT', fields })
    expect(told).toMatchObject([{ level: 'error', code: 'LAB_CONFLICT', lab: 'one' }])
  })
})

describe('labs that are decided', () => {
  test('are told once for each decision, however often it is published', () => {
    const { told, news } = setup()
    const decide = (index: number): void => {
      const intent = intentDraft(labSample({ name: 'one', nodes: { r1: {} } }), a)
      news.saw({ type: 'publish', draft: assignmentDraft(intent, { r1: a.id }, index) })
    }
    for (const index of [3, 3, 4]) decide(index)
    expect(told.map(({ code, lab }) => `${code} ${lab}`)).toEqual(['LAB_ASSIGNED one', 'LAB_ASSIGNED one'])
  })
})

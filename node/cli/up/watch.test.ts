import { describe, expect, it } from 'vitest'
import type { LabShape } from '../lab-shapes.ts'
import { changes } from './progress.ts'
import { judge, startWatch } from './watch.ts'

const base: LabShape = {
  name: 'two',
  state: 'creating',
  generation: 2,
  nodes: [
    { name: 'a', kind: 'linux', host: 'h1', state: 'running', image: 'x' },
    { name: 'b', kind: 'linux', host: 'h2', state: 'creating', image: 'x' },
  ],
  links: [{ id: 'a:eth1--b:eth1', state: 'pending', endpoints: [], vni: null, mtu: null }],
  notes: [],
}
const waiting = (code: string): LabShape => ({
  ...base,
  state: 'pending',
  waiting: { code, message: 'why', details: { missing: ['h3'] } },
})

/** Looks at the views one after the other, each at its time in seconds; the verdict of the last. */
function lookAt(views: readonly (readonly [atS: number, view: LabShape])[], timeoutMs = 300_000) {
  let watch = startWatch(0)
  return views.map(([atS, view]) => {
    const judged = judge(watch, { view, nowMs: atS * 1000, generation: 2, timeoutMs })
    watch = judged.watch
    return judged.verdict.type === 'failed' ? judged.verdict.failure.error : judged.verdict.type
  })
}

describe('judge', () => {
  it.each<[string, [number, LabShape][], string]>([
    [
      'goes on while things are made',
      [
        [0, base],
        [200, base],
      ],
      'wait',
    ],
    [
      'is done when up',
      [
        [0, base],
        [1, { ...base, state: 'up' }],
      ],
      'up',
    ],
    ['does not take an older generation for up', [[0, { ...base, generation: 1, state: 'up' }]], 'wait'],
    ['ends at once where no host fits', [[0, waiting('PLACEMENT_IMPOSSIBLE')]], 'PLACEMENT_IMPOSSIBLE'],
    ['ends at once where an image is missing', [[0, waiting('IMAGE_MISSING')]], 'IMAGE_MISSING'],
    [
      'waits a while for a majority',
      [
        [0, waiting('NO_QUORUM')],
        [4.9, waiting('NO_QUORUM')],
      ],
      'wait',
    ],
    [
      'then gives up',
      [
        [0, waiting('NO_QUORUM')],
        [5, waiting('NO_QUORUM')],
      ],
      'NO_QUORUM',
    ],
    [
      'counts anew after a break',
      [
        [0, waiting('NO_QUORUM')],
        [4, base],
        [6, waiting('NO_QUORUM')],
        [10, waiting('NO_QUORUM')],
      ],
      'wait',
    ],
    [
      'waits on errors that may mend',
      [
        [0, { ...base, state: 'error' }],
        [19, { ...base, state: 'error' }],
      ],
      'wait',
    ],
    [
      'gives up on errors that stay',
      [
        [0, { ...base, state: 'error' }],
        [20, { ...base, state: 'error' }],
      ],
      'TOOL_FAILED',
    ],
    [
      'goes on where a degraded lab still moves',
      [
        [0, { ...base, state: 'degraded' }],
        [15, { ...base, state: 'degraded', links: [] }],
        [30, { ...base, state: 'degraded', links: [] }],
      ],
      'wait',
    ],
    [
      'passes its time limit',
      [
        [0, base],
        [300, base],
      ],
      'TIMEOUT',
    ],
  ])('%s', (_what, views, verdict) => expect(lookAt(views).at(-1)).toBe(verdict))

  it('names what is not up', () => {
    const failed = {
      ...base,
      links: [{ id: 'l', state: 'error', endpoints: [], vni: null, mtu: null, error: 'no carrier' }],
    }
    const { verdict } = judge(startWatch(0), { view: failed, nowMs: 60_000, generation: 2, timeoutMs: 60_000 })
    expect(verdict).toMatchObject({
      type: 'failed',
      failure: {
        message: 'lab two is not up after 1m',
        details: { faults: ['node b: creating', 'link l: error: no carrier'] },
      },
    })
  })
})

describe('changes', () => {
  it('are told once, in words', () => {
    expect(changes(undefined, base)).toEqual(['node a running on h1', 'node b creating on h2'])
    expect(changes(base, base)).toEqual([])
    const after = {
      ...base,
      nodes: base.nodes.map((node) => ({ ...node, state: 'error', error: 'no image' })),
      links: base.links.map((link) => ({ ...link, state: 'up' })),
    }
    expect(changes(base, after)).toEqual([
      'node a error on h1: no image',
      'node b error on h2: no image',
      'link a:eth1--b:eth1 up',
    ])
  })
})

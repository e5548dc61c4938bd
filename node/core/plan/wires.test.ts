import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SegmentId, VlanTag } from '../model/ids.ts'
import type { Segment } from '../model/lab.ts'
import { wiredEnd, wiredPort } from '../model/wired-port.ts'
import { isCable, portNumber, wireOf } from './wires.ts'

const segment = (keys: readonly string[], more: Partial<Segment> = {}): Segment => ({
  id: 's' as SegmentId,
  endpoints: keys.map((key) => {
    const [node = '', name = ''] = key.split(':')
    return { node: node as Segment['endpoints'][number]['node'], interface: name }
  }),
  multiAccess: false,
  ...more,
})
const cable = segment(['b:eth1', 'a:eth1'])
const tag = 7 as VlanTag

describe('wires', () => {
  it.each([
    ['two ends', cable, true],
    ['two ends on a bridge', { ...cable, multiAccess: true }, false],
    ['three ends', segment(['a:eth1', 'b:eth1', 'c:eth1'], { multiAccess: true }), false],
    ['one end', segment(['a:eth1']), false],
  ])('%s', (_what, of, expected) => {
    expect(isCable(of)).toBe(expected)
    expect(wireOf(of, { vlan: tag, bridge: 'br', lab: 'l' }).length).toBe(expected ? 1 : 0)
    expect(portNumber(of, tag, { end: 'a:eth1', here: ['a:eth1'] }) !== undefined).toBe(expected)
  })

  it('ports are numbered by the end they lead to, wherever that is', () => {
    const at = (end: string, here: readonly string[]) => portNumber(cable, tag, { end, here })
    expect([at('a:eth1', ['a:eth1', 'b:eth1']), at('b:eth1', ['a:eth1', 'b:eth1'])]).toEqual([32_782, 32_783])
    expect([at('a:eth1', ['a:eth1']), at('s', ['a:eth1'])]).toEqual([32_782, 32_783])
    expect([at('s', ['b:eth1']), at('b:eth1', ['b:eth1'])]).toEqual([32_782, 32_783])
  })

  it('no two ports of a host have one number, and every number says whose it is', () => {
    const vlan = fc.integer({ min: 1, max: 4094 }).map((number) => number as VlanTag)
    const side = fc.constantFrom<0 | 1>(0, 1)
    fc.assert(
      fc.property(vlan, side, (of, end) => {
        const number = wiredPort(of, end)
        expect(wiredEnd(number)).toEqual({ vlan: of, side: end })
        expect(number).toBeLessThan(65_280)
      }),
    )
    for (const number of [0, 1, 32_768, 32_769, wiredPort(4094 as VlanTag, 1) + 1, Number.NaN])
      expect(wiredEnd(number)).toBeUndefined()
  })
})

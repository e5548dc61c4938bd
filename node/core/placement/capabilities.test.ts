import { describe, expect, it } from 'vitest'
import type { HostId, HostName } from '../model/ids.ts'
import { labNode, sampleLab } from '../plan/testdata/lab.ts'
import type { HostCapacity } from './constraints.ts'
import { place } from './place.ts'

const host = (name: string, capabilities?: readonly string[]): HostCapacity => ({
  id: name.toUpperCase() as HostId,
  name,
  role: 'core',
  state: 'alive',
  cpuFree: 2,
  memFreeMiB: 4_000,
  nodes: 0,
  ...(capabilities === undefined ? {} : { capabilities }),
})

const lxd = (name: string, more: object = {}) => labNode(name, { kind: 'lxd', ...more })
const placed = (nodes: readonly ReturnType<typeof labNode>[], hosts: readonly HostCapacity[]) => {
  const answer = place({ intent: sampleLab('l', [...nodes], []), hosts })
  return answer.ok ? answer.hosts : answer.problems.map(({ message }) => message)
}

describe('what a host must be able to', () => {
  it('puts an LXD node where LXD is, and any other anywhere', () => {
    const hosts = [host('a', ['lxd']), host('b'), host('c', [])]
    const nodes = [lxd('x'), lxd('y'), labNode('r1'), labNode('r2')]
    expect(placed(nodes, hosts)).toMatchObject({ x: 'A', y: 'A', r1: 'B', r2: 'C' })
  })

  it('lets a node go where it asks to, to a host that was not heard yet, and no other there', () => {
    const hosts = [{ ...host('a'), isUntold: true }]
    expect(placed([lxd('x', { host: 'a' as HostName })], hosts)).toEqual({ x: 'A' })
    expect(placed([lxd('x')], hosts)).toEqual(['x needs lxd; host a lacks it.'])
  })

  it('says which hosts lack it', () => {
    expect(placed([lxd('x')], [host('b'), host('c')])).toEqual(['x needs lxd; hosts b, c lack it.'])
    expect(placed([lxd('x')], [host('b')])).toEqual(['x needs lxd; host b lacks it.'])
    const pinned = lxd('x', { host: 'b' as HostName })
    expect(placed([pinned], [host('a', ['lxd']), host('b')])).toEqual([
      'x is pinned to host b and needs lxd; host b lacks it.',
    ])
    expect(placed([lxd('x', { memoryBytes: 2 ** 40 })], [host('a', ['lxd']), host('b')])).toEqual([
      'x fits on no host: a: memory: needs 1048576 MiB, has 4000 MiB free; b: lacks lxd, memory: needs 1048576 MiB, has 4000 MiB free.',
    ])
  })
})

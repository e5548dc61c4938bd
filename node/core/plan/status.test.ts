import { describe, expect, test } from 'vitest'
import type { HostId, NodeName, ResourceId } from '../model/ids.ts'
import type { Resource } from '../model/resource.ts'
import { desired } from './desired.ts'
import { labStatus } from './status.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const intent = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
const lab = { intent, assignment: assign(intent, { r1: 1, r2: 2 }) }
const running = (pid: number): Resource[] =>
  desired(onFirstHost([lab])).map((resource) => (resource.kind === 'workload' ? { ...resource, pid } : resource))

/** What a host reads back that has all it wants; `change` breaks one resource, or takes it away. */
const status = (change: (resource: Resource) => Resource | undefined = (same) => same, more = {}) => {
  const wanted = desired(onFirstHost([lab], { seen: running(42) }))
  const seen = wanted
    .map((resource): Resource => {
      if (resource.kind === 'workload') return { ...resource, pid: 42 }
      if (resource.kind === 'nic' || resource.kind === 'vtep') return { ...resource, up: true, ifindex: 7 }
      return resource.kind === 'port' ? { ...resource, ifindex: 7 } : resource
    })
    .flatMap((resource) => change(resource) ?? [])
  const failures = new Map<ResourceId, string>()
  return labStatus({
    self: 'H1' as HostId,
    ...lab,
    wanted,
    seen,
    failures,
    ready: new Set(['r1' as NodeName]),
    notes: [],
    ...more,
  })
}
const without = (kind: Resource['kind']) => status((resource) => (resource.kind === kind ? undefined : resource))

describe('status of a lab on one host', () => {
  test('tells what was read back, of this host’s nodes only', () => {
    const { nodes, ends, vteps } = status()
    expect(nodes).toEqual([{ name: 'r1', state: 'running', ready: true }])
    expect(ends).toMatchObject([{ endpoint: 'r1:eth1', vlan: 100, mtuBytes: 1370, carrier: true }])
    expect(ends[0]).not.toHaveProperty('error')
    expect(vteps).toMatchObject([{ vni: 5000, vlan: 100, mtuBytes: 1370, remotes: ['10.213.0.2'] }])
  })

  test('what is not there is not told', () => {
    expect(without('port').ends[0]).not.toHaveProperty('vlan')
    expect(without('nic').ends[0]).toMatchObject({ carrier: false })
    expect(without('nic').ends[0]).not.toHaveProperty('mac')
    expect(without('vtep').vteps[0]).toMatchObject({ remotes: [] })
    expect(without('vtep').vteps[0]).not.toHaveProperty('vni')
    expect(without('workload').nodes).toEqual([{ name: 'r1', state: 'creating', ready: false }])
  })

  test('a port of a device that is gone, a device that is down and a fault are each told in words', () => {
    const stale = status((resource) => (resource.kind === 'port' ? { ...resource, ifindex: 6 } : resource))
    expect(stale.ends[0]?.error).toContain('attached to a device that is gone')
    expect(stale.vteps[0]?.error).toContain('attached to a device that is gone')
    const down = status((resource) => (resource.kind === 'vtep' ? { ...resource, up: false } : resource))
    expect(down.vteps[0]?.error).toContain('is down')
    const broken = status((resource) => (resource.kind === 'nic' ? { ...resource, fault: 'no other end' } : resource))
    expect(broken.ends[0]?.error).toBe('no other end')
  })

  test('an end in an old namespace has no carrier', () => {
    const restarted = status((resource) => (resource.kind === 'nic' ? { ...resource, pid: 41 } : resource))
    expect(restarted.ends[0]?.carrier).toBe(false)
  })

  test('a container that ended says so; one that could not be made says why, as does a missing image', () => {
    const ended = status((resource) =>
      resource.kind === 'workload' ? { ...resource, state: 'exited', exitCode: 3 } : resource,
    )
    expect(ended.nodes[0]).toMatchObject({ state: 'stopped', error: 'its container is exited, exit code 3' })
    const gone = (resource: Resource) =>
      resource.kind === 'workload' || resource.kind === 'image' ? undefined : resource
    const wanted = desired(onFirstHost([lab]))
    for (const kind of ['workload', 'image'] as const) {
      const id = wanted.find((resource) => resource.kind === kind)?.id
      const failures = new Map(id === undefined ? [] : [[id, `no ${kind}`]])
      expect(status(gone, { failures }).nodes[0]).toMatchObject({ state: 'error', error: `no ${kind}` })
    }
  })
})

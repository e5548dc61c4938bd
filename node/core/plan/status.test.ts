import { describe, expect, test } from 'vitest'
import type { HostId, NodeName, ResourceId } from '../model/ids.ts'
import type { Resource } from '../model/resource.ts'
import { portId } from '../model/resource-ids.ts'
import { type Troubles, troublesOf } from './cause.ts'
import { desired } from './desired.ts'
import { plan } from './plan.ts'
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
  const troubles: Troubles = troublesOf(plan(wanted, seen), () => ({ type: 'now' }))
  return labStatus({
    self: 'H1' as HostId,
    ...lab,
    wanted,
    seen,
    failures,
    troubles,
    wasWhole: () => true,
    peerName: (address) => `h${address.split('.').at(-1)}`,
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
    expect(ends).toMatchObject([{ endpoint: 'r1:eth1', vlan: 100, mtuBytes: 9500, carrier: true }])
    expect(ends[0]).not.toHaveProperty('error')
    expect(vteps).toMatchObject([{ vni: 5000, vlan: 100, mtuBytes: 9500, remotes: ['10.213.0.2'] }])
  })

  test('what is not there is not told', () => {
    expect(without('port').ends[0]).not.toHaveProperty('vlan')
    expect(without('nic').ends[0]).toMatchObject({ carrier: false })
    expect(without('nic').ends[0]).not.toHaveProperty('mac')
    expect(without('vtep').vteps[0]).toMatchObject({ remotes: [] })
    expect(without('vtep').vteps[0]).not.toHaveProperty('vni')
    expect(without('workload').nodes).toEqual([{ name: 'r1', state: 'creating', ready: false }])
  })

  test('tells the first thing wrong with an end and with a tunnel, and what is being done', () => {
    const [whole] = status().ends
    expect(whole).not.toHaveProperty('error')
    expect(whole).not.toHaveProperty('doing')
    expect(without('port').ends[0]).toMatchObject({
      error: 'bridge port n-lab-r1:eth1: missing',
      doing: 'being mended',
    })
    const down = status((resource) => (resource.kind === 'vtep' ? { ...resource, up: false } : resource))
    expect(down.vteps[0]).toMatchObject({ error: 'tunnel device v-lab-r1:eth1--r2:eth1: is down' })
    expect(down.ends[0]).not.toHaveProperty('error')
  })

  test('what was never whole is on its way, not lost; unless something goes wrong with that', () => {
    const fresh = { wasWhole: () => false }
    const made = status((resource) => (resource.kind === 'port' ? undefined : resource), fresh)
    expect(made.ends[0]).toMatchObject({ doing: 'bridge port n-lab-r1:eth1: missing, being mended' })
    expect(made.ends[0]).not.toHaveProperty('error')
    const port = portId('n-lab-r1:eth1')
    const troubles: Troubles = new Map([
      [port, { reason: 'missing', doing: { type: 'again', afterMs: 2_000, error: 'no such bridge' } }],
    ])
    expect(status(undefined, { ...fresh, troubles }).ends[0]).toMatchObject({
      error: 'bridge port n-lab-r1:eth1: missing',
      doing: 'tried again after 2 s: no such bridge',
    })
  })

  test('an end in an old namespace has no carrier', () => {
    const restarted = status((resource) => (resource.kind === 'nic' ? { ...resource, pid: 41 } : resource))
    expect(restarted.ends[0]?.carrier).toBe(false)
  })

  test('one that runs as it was before an edit is on its way, or in error where what it needs does not come', () => {
    const former = (resource: Resource): Resource =>
      resource.kind === 'workload' ? { ...resource, specHash: 'former' } : resource
    expect(status(former).nodes).toEqual([{ name: 'r1', state: 'creating', ready: false }])
    const lacking = (resource: Resource) => (resource.kind === 'image' ? undefined : former(resource))
    const image = desired(onFirstHost([lab])).find(({ kind }) => kind === 'image')
    const failures = new Map(image === undefined ? [] : [[image.id, 'no image']])
    expect(status(lacking, { failures }).nodes).toMatchObject([{ state: 'error', error: 'no image' }])
  })

  test('a container that ended says so; one that could not be made says why, as does a missing image', () => {
    const ended = status((resource) =>
      resource.kind === 'workload' ? { ...resource, state: 'exited', exitCode: 3 } : resource,
    )
    expect(ended.nodes[0]).toMatchObject({ state: 'stopped', error: 'its container is exited, exit code 3' })
    const restart = (resource: Resource): Resource =>
      resource.kind === 'workload' ? { ...resource, restart: 'no' } : resource
    const onlyOnce = desired(onFirstHost([lab])).map(restart)
    const once = (exitCode: number) =>
      status((resource) => (resource.kind === 'workload' ? { ...resource, state: 'exited', exitCode } : resource), {
        wanted: onlyOnce,
      })
    expect(once(0).nodes[0]).toEqual({ name: 'r1', state: 'stopped', ready: true })
    expect(once(3).nodes[0]).toMatchObject({ state: 'stopped', ready: false, error: expect.stringContaining('code 3') })
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

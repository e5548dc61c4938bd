import { describe, expect, test } from 'vitest'
import { toVlanTag } from '#core/allocation/vni.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { LabIntent } from '#core/model/lab.ts'
import type { Port, Workload } from '#core/model/resource.ts'
import { portId, workloadId } from '#core/model/resource-ids.ts'
import { assignmentDraft, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { Settling } from './settling.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]

const workload: Workload = {
  kind: 'workload',
  id: workloadId('one' as LabName, 'r1' as NodeName),
  needs: [],
  provider: 'docker',
  lab: 'one' as LabName,
  node: 'r1' as NodeName,
  containerName: 'clab-one-r1',
  spec: { image: 'alpine', hostname: 'r1', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
}
const port: Port = {
  kind: 'port',
  id: portId('skn1'),
  needs: [],
  bridge: 'skein0',
  device: 'skn1',
  vlan: toVlanTag(100),
  owner: 'one/r1:eth1',
}
const lab: LabIntent = labSample({ name: 'one', nodes: { r1: {} } })

const setup = (hosts: readonly [typeof a, ...(typeof a)[]] = [a, b]) => {
  const bench = new EngineBench({ hosts })
  const settling = new Settling({ engine: bench.engine, clock: virtualClock })
  const may = () => [workload, port].map((resource) => settling.mayRemove(resource))
  return { bench, settling, may }
}

describe('a host that has just started', () => {
  useVirtualTime()

  test('removes nothing of a lab it does not know before it has met another host, however long that takes', async () => {
    const { bench, settling, may } = setup()
    await pass(120_000)
    expect(may()).toEqual([false, false])
    expect(settling.leftMs()).toBe(Number.POSITIVE_INFINITY)
    bench.do({ type: 'probe', host: b.id })
    expect(settling.leftMs()).toBe(10_000)
    await pass(9_950)
    expect(may()).toEqual([false, false])
    await pass(50)
    expect(may()).toEqual([true, true])
  })

  test('goes on once it has met one, also when that one is gone again', async () => {
    const { bench, settling, may } = setup()
    bench.do({ type: 'probe', host: b.id })
    expect(settling.leftMs()).toBe(10_000)
    await pass(60_000)
    bench.do({ type: 'tick' })
    expect(may()).toEqual([true, true])
  })

  test('waits for nobody where it is the only host', async () => {
    const { may } = setup([a])
    expect(may()).toEqual([false, false])
    await pass(10_000)
    expect(may()).toEqual([true, true])
  })

  test('removes at once what it knows to be deleted, and nothing of a lab whose assignment is still on its way', async () => {
    const { bench, may } = setup()
    bench.hear(intentDraft(lab, a), a)
    expect(may()).toEqual([false, false])
    bench.hear({ ...intentDraft(lab, a), version: [9, 9, a.id], body: null }, a)
    expect(may()).toEqual([true, true])
  })

  test('removes at once what an assigned lab no longer has here', async () => {
    const { bench, may } = setup()
    const draft = intentDraft(lab, a)
    bench.hear(draft, a)
    bench.hear(assignmentDraft(draft, { r1: b.id }), a)
    expect(may()).toEqual([true, true])
  })

  test('keeps the container of a node that is placed on no member, until the node is placed anew', async () => {
    const { bench, may } = setup()
    const draft = intentDraft(lab, a)
    bench.hear(draft, a)
    bench.hear(assignmentDraft(draft, { r1: benchHost('gone', 3).id }), a)
    await pass(60_000)
    expect(may()).toEqual([false, true])
    bench.hear(assignmentDraft(draft, { r1: b.id }, 20), a)
    expect(may()).toEqual([true, true])
  })
})

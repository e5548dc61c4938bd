import { describe, expect, test } from 'vitest'
import { type ActiveLab, statusDraft, statusKey } from '#core/engine/labs.ts'
import type { LabName, NodeName, ResourceId } from '#core/model/ids.ts'
import type { LabNode, LabStatus } from '#core/model/lab.ts'
import type { Stage, StageName, Stages } from '#core/model/node-parts.ts'
import type { Resource, Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { systemClock } from '#platform/clock.ts'
import { createLogger } from '#platform/log.ts'
import { memoryStore } from '#store/index.ts'
import { assignmentDraft, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { realTurn, useVirtualTime } from '#testing/virtual-time.ts'
import { LabStages } from './lab-stages.ts'
import { PostStart } from './post-start.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const [lab, r1, r2] = ['one', 'r1', 'r2'] as [LabName, NodeName, NodeName]
const waitsFor = (stage: StageName): Stage => ({ waitFor: [{ node: r2, stage }], exec: [] })

/** Node r1 on this host waits for r2 on the other. */
const setup = async (stages: Stages) => {
  const bench = new EngineBench({ hosts: [a, b] })
  const sample = labSample({ name: 'one', nodes: { r1: {}, r2: {} } })
  const intent = { ...sample, nodes: sample.nodes.map((node) => (node.name === r1 ? { ...node, stages } : node)) }
  const draft = intentDraft(intent, a)
  bench.hear(draft, a)
  bench.hear(assignmentDraft(draft, { r1: a.id, r2: b.id }), a)
  const seen = new Map<ResourceId, Resource>()
  const run = async () => ({ exitCode: 0, stdout: '', stderr: '' })
  const log = createLogger({ level: 'silent' })
  const store = await memoryStore()
  const postStart = new PostStart({
    clock: systemClock,
    store,
    log,
    run,
    runOnHost: run,
    folder: () => '/',
    changed: () => {},
  })
  const stagesOf = new LabStages({ engine: bench.engine, postStart, seen: (id) => seen.get(id) })
  const active = (): ActiveLab => {
    const found = bench.engine.active.get(lab)
    if (found === undefined) throw new Error('no lab')
    return found
  }
  const tell = (over: readonly StageName[], index = active().assignment.index): void => {
    const status: LabStatus = {
      ...{ lab, intentVersion: active().assignment.intentVersion, index, ends: [], vteps: [], notes: [] },
      nodes: [{ name: r2, state: 'running', ready: true, stages: over }],
    }
    bench.hear(statusDraft(statusKey(b.id, lab), status, 0), b)
  }
  return { stages: stagesOf, postStart, seen, active, tell, node: intent.nodes[0] as LabNode }
}

const container = (state: Workload['state'] = 'running'): Workload => ({
  kind: 'workload',
  provider: 'docker',
  id: workloadId(lab, r1),
  needs: [],
  lab,
  node: r1,
  containerName: 'clab-one-r1',
  spec: { image: 'alpine', hostname: 'r1', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state,
  containerId: 'c1',
  startedAt: 't1',
})
const make = (to: Resource) => ({ type: 'create', to, reason: '' }) as const

describe('stages over hosts', () => {
  useVirtualTime()

  test('a container is made when the node of the other host is so far, as that host tells now', async () => {
    const { stages, active, tell } = await setup({ create: waitsFor('healthy') })
    expect([stages.mayDo(make(container())), stages.isAnyFreed()]).toEqual([false, false])
    tell(['create', 'healthy'], active().assignment.index + 1)
    expect(stages.mayDo(make(container()))).toBe(false)
    tell(['create'])
    expect(stages.mayDo(make(container()))).toBe(false)
    tell(['create', 'healthy'])
    expect([stages.mayDo(make(container())), stages.isAnyFreed()]).toEqual([true, true])
  })

  test('what goes into a container waits for its stage too', async () => {
    const { stages, postStart, seen, active, tell, node } = await setup({ 'create-links': waitsFor('create') })
    seen.set(workloadId(lab, r1), container())
    const wire = { ...container(), kind: 'nic', workload: workloadId(lab, r1) } as unknown as Resource
    postStart.isDone(node, container(), { linked: false, isOver: stages.isOver(active()) })
    // What an earlier agent did is looked up first.
    await realTurn()
    expect(stages.mayDo(make(wire))).toBe(false)
    tell(['create'])
    expect(stages.isAnyFreed()).toBe(true)
    postStart.isDone(node, container(), { linked: false, isOver: stages.isOver(active()) })
    expect([stages.mayDo(make(wire)), stages.isAnyFreed()]).toEqual([true, false])
    expect(stages.told(active()).get(r1)).toEqual(['create'])
  })

  test('nothing is told of a lab in which nobody waits', async () => {
    const { stages, active } = await setup({})
    expect(stages.told(active())).toEqual(new Map())
    expect(stages.mayDo(make(container()))).toBe(true)
  })
})

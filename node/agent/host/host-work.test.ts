import { describe, expect, test } from 'vitest'
import { toVlanTag } from '#core/allocation/vni.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { LabIntent, LabStatus } from '#core/model/lab.ts'
import type { Bridge, Resource, Workload } from '#core/model/resource.ts'
import { bridgeId, portId, workloadId } from '#core/model/resource-ids.ts'
import type { Clock } from '#platform/clock.ts'
import { systemClock } from '#platform/clock.ts'
import { createLogger } from '#platform/log.ts'
import { memoryStore } from '#store/index.ts'
import { assignmentDraft, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { HostWork } from './host-work.ts'
import { LabFiles } from './lab-files.ts'
import { PostStart } from './post-start.ts'

const a = benchHost('a', 1)
const log = createLogger({ level: 'silent' })
const workload = (lab: string, node: string): Workload => ({
  kind: 'workload',
  id: workloadId(lab as LabName, node as NodeName),
  needs: [],
  provider: 'docker',
  lab: lab as LabName,
  node: node as NodeName,
  containerName: `clab-${lab}-${node}`,
  spec: { image: 'alpine', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
  containerId: 'c1',
  startedAt: 't1',
  pid: 7,
})
const gone = (from: Resource) => ({ type: 'delete', from, reason: '' }) as const
const make = (to: Resource) => ({ type: 'create', to, reason: '' }) as const

const setup = async (hosts: readonly [typeof a] = [a], clock: Clock = virtualClock) => {
  const bench = new EngineBench({ hosts })
  const store = await memoryStore()
  const told: { readonly lab: string; readonly status: LabStatus | null }[] = []
  const changed = (): void => {}
  const files = new LabFiles({ folder: '/nowhere', store, log, peers: () => [], fetch: async () => null, changed })
  const run = async () => ({ exitCode: 0, stdout: '', stderr: '' })
  const work = new HostWork({
    engine: bench.engine,
    identity: {
      id: a.id,
      name: 'a',
      role: 'core',
      meshId: 'm1',
      epoch: 1,
      keys: a.keys,
      certificate: '',
      caCertificate: '',
      wireguard: { publicKey: a.entry.wgPublicKey, privateKeyFile: '/key' },
    },
    clock,
    files,
    images: { mayPull: () => true, doing: () => new Map(), problems: () => new Map(), heed: () => {} },
    postStart: new PostStart({ clock: systemClock, store, log, run, changed, runOnHost: run, folder: (lab) => lab }),
    ports: { wireguard: 51_820, vxlan: 14_789 },
    path: () => undefined,
    formerEndpoints: () => [],
    isTunnelSilent: () => false,
    notes: () => [],
    datapath: () => ({ datapath: 'system', txOffload: true }),
    look: () => {},
    onStatus: (lab, status) => {
      told.push({ lab, status })
      bench.do({ type: 'observed', lab, status })
    },
  })
  const decide = (intent: LabIntent): void => {
    const draft = intentDraft(intent, a)
    bench.hear(draft, a)
    bench.hear(assignmentDraft(draft, Object.fromEntries(intent.nodes.map(({ name }) => [name, a.id]))), a)
  }
  const saw = (...seen: readonly Resource[]) => ({
    wanted: work.wanted(seen),
    seen,
    failures: new Map(),
    troubles: new Map(),
  })
  return { bench, work, files, told, decide, saw }
}

describe('work of this host', () => {
  useVirtualTime()

  test('a host that has just started removes a lab it never heard of only after 10 s', async () => {
    const { work } = await setup()
    const bridge: Bridge = {
      kind: 'bridge',
      id: bridgeId('x'),
      needs: [],
      name: 'x',
      datapath: 'system',
      isSwitch: true,
    }
    expect(work.may(gone(workload('unheard', 'r1')))).toBe(false)
    expect(work.may(gone(bridge))).toBe(true)
    expect(work.nextMs()).toBe(10_000)
    await pass(10_000)
    expect(work.may(gone(workload('unheard', 'r1')))).toBe(true)
    expect(work.nextMs()).toBeUndefined()
  })

  test('and at once what it knows to be deleted', async () => {
    const { bench, work } = await setup()
    bench.hear({ ...intentDraft(labSample({ name: 'one', nodes: { r1: {} } }), a), body: null }, a)
    expect(work.may(gone(workload('one', 'r1')))).toBe(true)
  })

  test('what is made again goes, and its links with it, only once the files of the new one are here', async () => {
    const { work, decide } = await setup()
    const file = { path: 'r1.conf', sha256: 'ab'.repeat(32), sizeBytes: 1, mode: 0o644 }
    decide(labSample({ name: 'one', nodes: { r1: {} }, files: [file] }))
    const running = workload('one', 'r1')
    const port: Resource = {
      kind: 'port',
      id: portId('sknaaa'),
      needs: [],
      bridge: 'skein0',
      device: 'sknaaa',
      vlan: toVlanTag(1),
      owner: 'one/r1:eth1',
    }
    expect([running, port].map((one) => work.may(gone(one)))).toEqual([false, false])
    expect(work.may(gone({ ...running, state: 'exited' }))).toBe(true)
    expect(work.may(gone({ ...running, fault: 'renamed' }))).toBe(true)
    expect(work.may(gone(workload('one', 'r2')))).toBe(true)
    decide(labSample({ name: 'two', nodes: { r1: {} } }))
    expect(work.may(gone(workload('two', 'r1')))).toBe(true)
  })

  test('a node with a start-up delay waits for it, others do not', async () => {
    const { work, decide } = await setup()
    await pass(10_000)
    decide(labSample({ name: 'one', nodes: { r1: {}, r2: { startupDelayMs: 2_000 } } }))
    expect(work.may(make(workload('one', 'r1')))).toBe(true)
    expect(work.may(make(workload('one', 'r2')))).toBe(false)
    await pass(500)
    expect(work.nextMs()).toBe(1_500)
    await pass(1_500)
    expect(work.may(make(workload('one', 'r2')))).toBe(true)
  })

  test('a lab that has just come waits for no time at all, however finely the clock counts', async () => {
    let nowMs = 0
    const clock = { ...virtualClock, monotonicMs: () => (nowMs += 0.001) }
    const { work, decide } = await setup([a], clock)
    decide(labSample({ name: 'one', nodes: { r1: {} } }))
    expect(work.may(make(workload('one', 'r1')))).toBe(true)
  })

  test('what is not of a decided lab is not made', async () => {
    const { work, decide } = await setup()
    decide(labSample({ name: 'one', nodes: { r1: {} } }))
    expect(work.may(make(workload('one', 'r9')))).toBe(false)
    expect(work.may(make(workload('two', 'r1')))).toBe(false)
  })

  test('containers wait for the files of their lab, and the status says which is missing', async () => {
    const { work, files, told, decide, saw } = await setup()
    const sha256 = 'ab'.repeat(32)
    decide(labSample({ name: 'one', nodes: { r1: {} }, files: [{ path: 'x', sha256, sizeBytes: 1, mode: 0o644 }] }))
    expect(work.may(make(workload('one', 'r1')))).toBe(false)
    await until('the message', () => files.missing('one'))
    work.report(saw())
    expect(told.at(-1)?.status?.nodes).toEqual([
      { name: 'r1', state: 'error', ready: false, error: expect.stringContaining('file x (sha256 abababababab…)') },
    ])
  })

  test('tells of a lab until nothing of it is left here', async () => {
    const { bench, work, told, decide, saw } = await setup()
    decide(labSample({ name: 'one', nodes: { r1: {} } }))
    const asked = work.wanted([]).find((resource) => resource.kind === 'workload')
    const r1 = { ...workload('one', 'r1'), specHash: asked?.specHash ?? '' }
    work.report(saw(r1))
    await pass(50)
    work.report(saw(r1))
    expect(told.at(-1)).toMatchObject({
      lab: 'one',
      status: { nodes: [{ name: 'r1', state: 'running', ready: true }] },
    })
    bench.do({ type: 'submit', lab: 'one', intent: null })
    told.length = 0
    work.report(saw(r1))
    expect(told).toEqual([])
    work.report(saw())
    expect(told).toEqual([{ lab: 'one', status: null }])
  })

  test('a host that is in no roster wants nothing', async () => {
    const { work } = await setup([{ ...a, entry: { ...a.entry, id: benchHost('z', 9).id } }])
    expect(work.wanted([])).toEqual([])
  })
})

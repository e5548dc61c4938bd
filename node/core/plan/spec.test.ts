import { describe, expect, it, test } from 'vitest'
import type { NodeName } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import type { Workload } from '../model/resource.ts'
import { desired } from './desired.ts'
import { differs } from './differs.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'
import { workloadSeen } from './testdata/workload.ts'

const digest = (text: string): string => text
const makeAll = (nodes: readonly LabNode[], seen: readonly Workload[] = []) => {
  const intent = sampleLab('lab', nodes, [])
  const lab = { intent, assignment: assign(intent, Object.fromEntries(nodes.map(({ name }) => [name, 1]))) }
  return desired(onFirstHost([lab], { digest, seen })).filter((resource) => resource.kind === 'workload')
}
const make = (more: Partial<LabNode> = {}): Workload => {
  const [workload] = makeAll([labNode('n', more)])
  if (workload === undefined) throw new Error('no workload')
  return workload
}

describe('what a container is made from', () => {
  it.each<[string, Partial<LabNode>, Partial<Workload['spec']>]>([
    ['hostname', { hostname: 'other' }, { hostname: 'other' }],
    ['volumes', { volumes: [{ target: '/v' }] }, { volumes: [{ target: '/v' }] }],
    ['cpu-set', { cpuSet: '0' }, { cpuSet: '0' }],
    ['shm-size', { shmBytes: 5 }, { shmBytes: 5 }],
    ['cap-add', { capAdd: ['SYS_TIME'] }, { capAdd: ['SYS_TIME'] }],
    ['privileged: false', { privileged: false }, { privileged: false }],
    ['tmpfs', { tmpfs: { '/t': '' } }, { tmpfs: { '/t': '' } }],
    ['security-opts', { securityOpts: ['a=b'] }, { securityOpts: ['a=b'] }],
    ['healthcheck', { healthcheck: { test: ['NONE'] } }, { healthcheck: { test: ['NONE'] } }],
    ['network-mode: host', { networkMode: 'host' }, { network: 'host', sysctls: {} }],
  ])('%s is in it, and changes it', (_key, node, spec) => {
    expect(make(node).spec).toMatchObject(spec)
    expect(make(node).specHash).not.toBe(make().specHash)
  })

  it('tells the node its labels as variables, and type and group as labels', () => {
    const { spec } = make({ type: 'ixr', group: 'g', labels: { 'my.label': 'x' } })
    expect(spec.labels).toMatchObject({ 'clab-node-type': 'ixr', 'clab-node-group': 'g' })
    expect(spec.env).toMatchObject({ CLAB_LABEL_CLAB_NODE_NAME: 'n', CLAB_LABEL_MY_LABEL: 'x' })
  })

  it('is no other for what is only told, and for what no container is made from', () => {
    const same = { type: 't', group: 'g', restart: 'no', pull: 'always', aliases: ['a'] } as const
    expect(make(same).specHash).toBe(make().specHash)
    expect(make(same)).toMatchObject({ restart: 'no', pull: 'always' })
  })

  it('is digested as before there were these keys, where none is used', async () => {
    await expect(`${make({ env: { A: 'b' }, cmd: ['c'] }).specHash}\n`).toMatchFileSnapshot('testdata/spec-digest.txt')
  })
})

describe('a node that shares the network of another', () => {
  const pair = [labNode('m'), labNode('n', { networkMode: 'container', networkOf: 'm' as NodeName })]
  const owner = workloadSeen({ ...makeAll(pair)[0], containerId: 'm1', startedAt: '2026-01-01T00:00:02.5Z' })
  const wanted = makeAll(pair, [owner])[1] as Workload
  const seen = { ...wanted, containerId: 'n1', joins: { containerId: 'm1' }, startedAt: '2026-01-01T00:00:03Z' }

  it('needs it to run, and names its container', () => {
    expect(wanted.needs).toContain('workload/lab/m')
    expect(wanted.spec).toMatchObject({ network: { containerName: 'clab-lab-m' }, sysctls: {} })
    expect(wanted.joins).toEqual({ containerId: 'm1', startedAt: '2026-01-01T00:00:02.5Z' })
    expect(makeAll(pair)[1]).not.toHaveProperty('joins')
  })

  it('is made again after the other one was made or started again', () => {
    expect(differs(wanted, seen)).toBeUndefined()
    const reason = 'the node whose network it shares was started again'
    expect(differs(wanted, { ...seen, joins: { containerId: 'm0' } })).toEqual({ fix: 'remake', reason })
    expect(differs(wanted, { ...seen, startedAt: '2026-01-01T00:00:02Z' })).toEqual({ fix: 'remake', reason })
  })
})

test('a node that ended for good is left', () => {
  const ended = { ...make(), state: 'exited', exitCode: 0 } as const
  expect(differs(make(), ended)?.fix).toBe('update')
  expect(differs(make({ restart: 'on-failure' }), ended)).toBeUndefined()
  expect(differs(make({ restart: 'no' }), { ...ended, exitCode: 3 })).toBeUndefined()
})

test('an image is fetched where any node that has it lets it be', () => {
  const fetched = (...pulls: readonly LabNode['pull'][]) => {
    const nodes = pulls.map((pull, at) => labNode(`n${at}`, pull === undefined ? {} : { pull }))
    const intent = sampleLab('lab', nodes, [])
    const hosts = Object.fromEntries(nodes.map(({ name }) => [name, 1]))
    const images = desired(onFirstHost([{ intent, assignment: assign(intent, hosts) }])).filter(
      ({ kind }) => kind === 'image',
    )
    return images.map((image) => image.kind === 'image' && image.mayFetch !== false)
  }
  expect([fetched('never'), fetched('never', undefined), fetched(undefined, 'never')]).toEqual([
    [false],
    [true],
    [true],
  ])
})

import { describe, expect, test } from 'vitest'
import type { EndpointKey, LabName } from '#core/model/ids.ts'
import type { Shape } from '#core/model/impairment.ts'
import type { Op, Shaper } from '#core/model/resource.ts'
import { shaperId } from '#core/model/resource-ids.ts'
import { plan } from '#core/plan/plan.ts'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { workload } from '#testing/network-samples.ts'
import { fakeExec } from '../fake-exec.ts'
import { encodeAlias, nicDevice } from '../owner-mark.ts'
import { detectShaping } from './detect.ts'
import { createShaperDriver } from './driver.ts'
import { fakeQueues } from './fake.ts'
import { parseQdiscs } from './parse.ts'

const LAB = 'frr01' as LabName
const KINDS = ['tbf', 'netem', 'pfifo', 'fq']
const driver = createShaperDriver()
const device = (endpoint: string): string => nicDevice(LAB, endpoint as EndpointKey)
const shaper = (endpoint: string, shapes: { towards?: Shape; from?: Shape }): Shaper => ({
  kind: 'shaper',
  id: shaperId(LAB, endpoint as EndpointKey),
  needs: [],
  lab: LAB,
  endpoint: endpoint as EndpointKey,
  device: device(endpoint),
  towards: {},
  from: {},
  name: endpoint.slice(endpoint.indexOf(':') + 1),
  pid: 100,
  mtuBytes: 1500,
  ...shapes,
})
const ENDS = ['r1:eth1', 'r1:eth2']
const host = (kinds: readonly string[] = KINDS) =>
  fakeQueues(
    [
      ...ENDS.map((endpoint) => ({
        namespace: 0,
        name: device(endpoint),
        alias: encodeAlias({ kind: 'nic', lab: LAB, of: endpoint }),
      })),
      { namespace: 0, name: 'eth0' },
      { namespace: 0, name: 'veth9' },
      ...['eth1', 'eth2', 'eth3'].map((name) => ({ namespace: 100, name })),
    ],
    kinds,
  )
const seen = [workload('r1', 100)]
const create = (to: Shaper): Op<Shaper> => ({ type: 'create', to, reason: 'test' })
const ALL: Shape = { delayMs: 10, jitterMs: 2.5, lossPercent: 1, corruptPercent: 0.1, rateBps: 10_000_000 }

driverContract({
  driver,
  makeHost: async () => {
    const queues = host()
    queues.roots.set('0 eth0', { kind: 'fq', handle: '8001:', options: {} })
    queues.roots.set('100 eth3', { kind: 'netem', handle: '1:', options: { delay: { delay: 0.1 } } })
    return { exec: queues.exec, seen, snapshot: async () => queues.snapshot() }
  },
  samples: () => [
    {
      name: 'what goes to a node',
      stages: [[shaper('r1:eth1', { towards: ALL }), shaper('r1:eth2', { towards: { rateBps: 64_000 } })]],
      changed: [
        shaper('r1:eth1', { towards: { rateBps: 20_000_000 } }),
        shaper('r1:eth2', { towards: { lossPercent: 0.5 } }),
      ],
    },
    {
      name: 'what a node sends as well',
      stages: [[shaper('r1:eth1', { towards: ALL, from: ALL }), shaper('r1:eth2', { from: { rateBps: 1_000_000 } })]],
      changed: [
        shaper('r1:eth1', { towards: ALL, from: { delayMs: 100 } }),
        shaper('r1:eth2', { towards: { rateBps: 1_000_000 } }),
      ],
    },
  ],
})

describe('the shaper driver', () => {
  const observed = async (queues: ReturnType<typeof host>): Promise<readonly Shaper[]> =>
    driver.observe(queues.exec, seen)

  test('shapes many ends by one process, and reads a host that shapes nothing by one', async () => {
    const queues = host()
    expect(await observed(queues)).toEqual([])
    expect(queues.exec.log).toHaveLength(1)
    const steps = driver.steps(ENDS.map((end) => create(shaper(end, { towards: { rateBps: 1_000_000 } }))))
    expect(steps.map(({ commands }) => commands.length)).toEqual([1])
  })

  test('sees what was taken away by hand, and that it is to be made again', async () => {
    const queues = host()
    const wanted = shaper('r1:eth1', { towards: { rateBps: 1_000_000 }, from: { rateBps: 2_000_000 } })
    await applySteps(driver, queues.exec, [create(wanted)])
    expect(plan([wanted], await observed(queues)).ready).toEqual([])
    queues.roots.delete('100 eth1')
    expect(plan([wanted], await observed(queues)).ready).toMatchObject([
      { type: 'update', reason: 'from the node nothing is done, rate 2mbit is wanted' },
    ])
    queues.roots.delete(`0 ${device('r1:eth1')}`)
    expect(plan([wanted], await observed(queues)).ready).toMatchObject([{ type: 'create' }])
    await applySteps(driver, queues.exec, [create(wanted)])
    expect(plan([wanted], await observed(queues)).ready).toEqual([])
  })

  test("leaves a queueing discipline of the node's own, and says why nothing can be done", async () => {
    const queues = host()
    queues.roots.set('100 eth1', { kind: 'fq', handle: '8001:', options: {} })
    const wanted = create(shaper('r1:eth1', { from: ALL }))
    await expect(applySteps(driver, queues.exec, [wanted])).rejects.toThrow(
      /r1:eth1: the node has a queueing discipline of its own/,
    )
    expect(queues.roots.get('100 eth1')?.kind).toBe('fq')
  })

  test("replaces whatever queues at the host's own end", async () => {
    const queues = host()
    queues.roots.set(`0 ${device('r1:eth1')}`, { kind: 'fq', handle: '8001:', options: {} })
    await applySteps(driver, queues.exec, [create(shaper('r1:eth1', { towards: ALL }))])
    expect(await observed(queues)).toMatchObject([{ towards: ALL }])
  })

  test('what was changed under our handle in ways that cannot be read counts as nothing done', () => {
    const row = (more: object) => JSON.stringify([{ dev: 'skn0', root: true, handle: '5ce1:', ...more }])
    expect(parseQdiscs(row({ kind: 'tbf', options: {} }))).toMatchObject([{ shape: {} }])
    expect(parseQdiscs(row({ kind: 'prio' }))).toMatchObject([{ shape: {} }])
    expect(parseQdiscs(row({ kind: 'tbf', handle: '1:', options: { rate: 5 } }))).toEqual([])
    expect(parseQdiscs(row({ kind: 'tbf', root: false, options: { rate: 5 } }))).toEqual([])
    expect(parseQdiscs('')).toEqual([])
  })

  test('hears of ours, and of no others', () => {
    const [source] = driver.sources()
    const tells = (line: string): boolean => source?.type === 'stream' && source.tells(line, [])
    expect(tells('deleted qdisc tbf 5ce1: dev skn012345678901 root refcnt 2 rate 10Mbit')).toBe(true)
    expect(tells('qdisc netem 5cea: dev skn012345678901 root refcnt 2 limit 1000')).toBe(true)
    expect(tells('qdisc fq 8001: dev eth0 root refcnt 2')).toBe(false)
    expect(tells('deleted qdisc noqueue 0: dev veth9 root refcnt 2')).toBe(false)
  })
})

test('a kernel is asked by trying, in a namespace that ends with the trial', async () => {
  const asked: string[] = []
  const exec = fakeExec({
    unshare: (args) => {
      asked.push(args.slice(0, 2).join(' '))
      return args.includes('netem') ? { code: 2, stderr: 'Error: Specified qdisc kind is unknown.' } : {}
    },
  })
  expect(await detectShaping(exec)).toEqual(['tbf'])
  expect(asked).toEqual(['-n tc', '-n tc'])
  expect(await detectShaping(fakeExec({}))).toEqual([])
})

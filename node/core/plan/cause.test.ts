import { describe, expect, test } from 'vitest'
import type { ResourceId } from '../model/ids.ts'
import type { Resource, ResourceKind } from '../model/resource.ts'
import { portId } from '../model/resource-ids.ts'
import { type Doing, firstCause, type Troubles, troublesOf } from './cause.ts'
import { desired } from './desired.ts'
import { plan } from './plan.ts'
import { assign, onFirstHost, ToyHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const intent = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
const input = onFirstHost([{ intent, assignment: assign(intent, { r1: 1, r2: 2 }) }])
const toy = new ToyHost()
toy.converge(input)
const END = portId('n-lab-r1:eth1')
const TUNNEL = portId('v-lab-r1:eth1--r2:eth1')

type Change = Partial<Record<ResourceKind, object | 'gone'>>

/** The host with every resource of these kinds changed, or gone. */
const damaged = (change: Change): readonly Resource[] =>
  toy.list().flatMap((resource): readonly Resource[] => {
    const harm = change[resource.kind]
    return harm === 'gone' ? [] : [{ ...resource, ...harm } as Resource]
  })

const causeOf = (port: ResourceId, seen: readonly Resource[], more: Troubles = new Map()) => {
  const wanted = desired({ ...input, seen })
  const truth = {
    wanted: new Map(wanted.map((resource) => [resource.id, resource])),
    troubles: new Map([...troublesOf(plan(wanted, seen), () => ({ type: 'now' })), ...more]),
    peerName: (address: string) => `h${address.split('.').at(-1)}`,
  }
  return firstCause(port, truth)
}

const NIC = 'interface r1:eth1, n-lab-r1:eth1 on the host'
const PORT = 'bridge port n-lab-r1:eth1'
const DEVICE = 'tunnel device v-lab-r1:eth1--r2:eth1'

describe('the first thing wrong', () => {
  test('is nothing on a host that is as wanted', () => {
    expect(causeOf(END, damaged({}))).toBeUndefined()
    expect(causeOf(TUNNEL, damaged({}))).toBeUndefined()
  })

  test.each<[Change, string, string]>([
    [{ bridge: 'gone', port: 'gone' }, 'bridge skein0: missing', 'being mended'],
    [{ bridge: { isSwitch: false } }, 'bridge skein0: its flows were changed', 'being mended'],
    [{ bridge: { fault: 'no datapath' } }, 'bridge skein0: broken: no datapath', 'being mended'],
    [{ workload: 'gone', nic: 'gone' }, 'container clab-lab-r1: missing', 'being mended'],
    [{ workload: { state: 'exited' }, nic: 'gone' }, 'container clab-lab-r1: start: it is exited', 'being mended'],
    [{ nic: 'gone' }, `${NIC}: missing`, 'being mended'],
    [{ nic: { pid: 1 } }, `${NIC}: its container was started again`, 'being mended'],
    [{ nic: { name: 'eth9' } }, `${NIC}: name is eth9, eth1 is wanted`, 'being mended'],
    [{ nic: { up: false } }, `${NIC}: is down`, 'being mended'],
    [
      { nic: { mac: '02:00:00:00:00:01' } },
      `${NIC}: MAC address is 02:00:00:00:00:01, aa:c1:ab:00:00:01 is wanted`,
      'being mended',
    ],
    [{ nic: { mtuBytes: 700 } }, `${NIC}: MTU is 700, 9500 is wanted`, 'being mended'],
    [{ nic: { txOffload: true } }, `${NIC}: checksum offload is on, off is wanted`, 'being mended'],
    [{ wire: 'gone' }, 'flows of r1:eth1--r2:eth1: missing', 'being mended'],
    [
      { wire: { changed: 'none for what comes in by port 5' } },
      'flows of r1:eth1--r2:eth1: none for what comes in by port 5',
      'being mended',
    ],
    [{ port: 'gone' }, `${PORT}: missing`, 'being mended'],
    [{ port: { number: 5 } }, `${PORT}: port number is 5, 32968 is wanted`, 'being mended'],
    [{ port: { bridge: 'br9' } }, `${PORT}: bridge is br9, skein0 is wanted`, 'being mended'],
    [{ port: { vlan: 7 } }, `${PORT}: VLAN tag is 7, 100 is wanted`, 'being mended'],
    [{ port: { fault: `${PORT} is not attached` } }, `${PORT} is not attached`, 'being mended'],
    [
      { nic: { fault: 'the other end of n-lab-r1:eth1 is not in r1' } },
      'the other end of n-lab-r1:eth1 is not in r1',
      'being mended',
    ],
  ])('with an end: %o', (change, error, doing) => {
    expect(causeOf(END, damaged(change))).toMatchObject({ error, doing, isMending: true })
  })

  test('with an end: a port of another device than the one that is there now', () => {
    const seen = damaged({ port: { ifindex: 6 } })
    expect(causeOf(END, seen)?.error).toMatch(
      /^bridge port n-lab-r1:eth1: attached to a device that is gone: interface 6/,
    )
  })

  test('with a tunnel: flows that are wrong, which both ports stand on', () => {
    const seen = damaged({ wire: { changed: 'none for what comes in by port 5' } })
    expect(causeOf(TUNNEL, seen)?.error).toBe('flows of r1:eth1--r2:eth1: none for what comes in by port 5')
  })

  test.each<[Change, string]>([
    [{ 'wg-interface': 'gone', 'wg-peer': 'gone' }, 'WireGuard interface skw0: missing'],
    [
      { 'wg-interface': { address: '10.9.9.9/16' } },
      'WireGuard interface skw0: address is 10.9.9.9/16, 10.213.0.1/16 is wanted',
    ],
    [{ 'wg-peer': 'gone', vtep: { vni: 9 } }, 'WireGuard peer h2: missing'],
    [{ 'wg-peer': { allowedIps: [] } }, 'WireGuard peer h2: allows nothing, 10.213.0.2/32 is wanted'],
    [{ vtep: 'gone' }, `${DEVICE}: missing`],
    [{ vtep: { vni: 9 } }, `${DEVICE}: VNI is 9, 5000 is wanted`],
    [{ vtep: { local: '10.9.9.9' } }, `${DEVICE}: local address is 10.9.9.9, 10.213.0.1 is wanted`],
    [{ vtep: { remotes: [] } }, `${DEVICE}: floods to nothing, 10.213.0.2 is wanted`],
    [{ vtep: { learning: true } }, `${DEVICE}: learning is on, off is wanted`],
    [{ vtep: { mtuBytes: 9 } }, `${DEVICE}: MTU is 9, 9500 is wanted`],
    [{ vtep: { up: false } }, `${DEVICE}: is down`],
  ])('with a tunnel: %o', (change, error) => {
    expect(causeOf(TUNNEL, damaged(change))?.error).toBe(error)
    if (!('wg-peer' in change)) expect(causeOf(END, damaged(change))).toBeUndefined()
  })

  test('is what frames meet first, not what waits for it', () => {
    const seen = damaged({ workload: 'gone', nic: 'gone', port: { vlan: 7 } })
    expect(causeOf(END, seen)?.error).toBe('container clab-lab-r1: missing')
    expect(causeOf(END, damaged({ bridge: { isSwitch: false }, nic: { up: false } }))?.error).toMatch(/^bridge/)
  })

  test('is not an image that a running container no longer needs', () => {
    expect(causeOf(END, damaged({ image: 'gone' }))).toBeUndefined()
    expect(causeOf(END, damaged({ image: 'gone', workload: 'gone', nic: 'gone' }))).toMatchObject({
      error: 'container clab-lab-r1: missing',
      doing: 'waits for image frr:10',
    })
  })

  test('is not a WireGuard peer this tunnel does not send to', () => {
    const seen = damaged({}).filter(({ id }) => id !== 'wg-peer/skw0/key3=')
    expect(causeOf(TUNNEL, seen)).toBeUndefined()
  })
})

describe('what is being done', () => {
  const nic = toy.list().find(({ kind }) => kind === 'nic')?.id ?? ('' as ResourceId)
  const workload = toy.list().find(({ kind }) => kind === 'workload')?.id ?? ('' as ResourceId)
  const doing = (id: ResourceId, it: Doing) =>
    causeOf(END, damaged({}), new Map([[id, { reason: 'missing', doing: it }]]))

  test.each<[Doing, string | undefined, boolean]>([
    [{ type: 'now' }, 'being mended', true],
    [{ type: 'held' }, 'waits for its files or its start-up delay', true],
    [{ type: 'waits', for: [workload] }, 'waits for container clab-lab-r1', true],
    [{ type: 'again', afterMs: 4_000, error: 'ip failed' }, 'tried again after 4 s: ip failed', false],
    [{ type: 'paused', afterMs: 8_000 }, 'paused for 8 s: it comes undone again and again', false],
    [{ type: 'blind', error: 'ip does not answer' }, 'ip does not answer', false],
    [{ type: 'nothing' }, undefined, false],
  ])('%o', (it, text, isMending) => {
    const cause = doing(nic, it)
    expect([cause?.doing, cause?.isMending]).toEqual([text, isMending])
  })

  test('a node’s own error stays with the node', () => {
    expect(doing(workload, { type: 'again', afterMs: 1_000, error: 'a long story' })?.doing).toBe(
      'tried again after 1 s',
    )
    expect(doing(workload, { type: 'blind', error: 'a long story' })?.doing).toBe('its tool does not answer')
  })
})

import type { HostId } from '../../model/ids.ts'
import type { AttachedBody, PlacedEnd } from '../../model/iperf.ts'
import type { World } from '../ends.ts'

/** As long as ids of hosts are. */
export const idOf = (name: string): HostId => `12D3KooW${name.padEnd(44, 'X')}` as HostId

export const hostEnd = (name: string): PlacedEnd => ({ type: 'host', name, host: idOf(name) })

const attached = (name: string, more: Partial<AttachedBody> = {}): AttachedBody => ({
  id: 1,
  name,
  keySha256: '0'.repeat(64),
  createdAtMs: 0,
  home: idOf('a'),
  isOnline: true,
  heardAtMs: null,
  ...more,
})

const labNode = (node: string, host: string | undefined, isContainer = true): World['nodes'][number] => ({
  lab: 'ring',
  node,
  host: host === undefined ? undefined : idOf(host),
  interfaces: ['eth1', 'eth2'],
  isContainer,
})

/** Hosts a, b, c and d, of which `d` is down; lab `ring`; attached machines, one of them with the name of a host. */
export const world: World = {
  hosts: ['a', 'b', 'c', 'd'].map((name) => ({ id: idOf(name), name, isAlive: name !== 'd' })),
  nodes: [
    labNode('r1', 'a'),
    labNode('r2', 'b'),
    labNode('far', 'd'),
    labNode('waiting', undefined),
    labNode('vm', 'a', false),
  ],
  attached: [
    attached('printer'),
    attached('asleep', { isOnline: false }),
    attached('new', { home: null }),
    attached('lost', { home: idOf('d') }),
    attached('gone', { isRemoved: true }),
    attached('b'),
  ],
}

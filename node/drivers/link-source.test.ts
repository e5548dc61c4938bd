import { expect, test } from 'vitest'
import type { Resource } from '#core/model/resource.ts'
import { LINK_SOURCE } from './link-source.ts'

const seen = [
  { kind: 'nic', name: 'eth1', ifindex: 6 },
  { kind: 'vtep', ifindex: 8 },
  { kind: 'nic', name: 'mv0', ifindex: 5, form: { type: 'macvlan', parent: 'eth0', mode: 'bridge' } },
] as unknown as readonly Resource[]
const tells = (line: string): boolean => LINK_SOURCE.type === 'stream' && LINK_SOURCE.tells(line, seen)
const REST = '<BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN group default \\    link/ether 8a:ed:a7:39:95:6a'

test.each([
  ['a host end', `[nsid current]6: skn0123456789ab@if2: ${REST}`],
  ['one that goes', `[nsid current]Deleted 6: skn0123456789ab@NONE: ${REST}`],
  ['a vtep not looked at yet', `[nsid current]11: skv0123456789ab: ${REST}`],
  ['a vtep that was renamed', `[nsid current]8: other: ${REST}`],
  ['the WireGuard interface', '[nsid current]8: skw0: <POINTOPOINT,MULTICAST,NOARP> mtu 1300 qdisc noop state DOWN'],
  ['the bridge', `5: skein0: ${REST}`],
  ['the other end of a host end', `[nsid 1]2: eth1@if6: ${REST}`],
  ['that end under a new name, with another MAC', `[nsid 1]2: eth7@if6: ${REST}`],
  [
    'an address that goes',
    '[nsid current]Deleted 8: skw0    inet 10.3.3.3/24 scope global skw0\\       valid_lft forever',
  ],
  ['the far end of a pair of the host', `[nsid current]9: up0@skn0123456789ab: ${REST}`],
  ['a child of an interface of the host', `[nsid 1]Deleted 5: mv0@if2: ${REST}`],
  ['an inner address that goes', '[nsid 1]Deleted 2: eth0    inet6 2001:db8::1/64 scope global \\       valid_lft'],
])('%s is told', (_what, line) => expect(tells(line)).toBe(true))

test.each([
  ['somebody else’s device', `[nsid current]3: docker0: ${REST}`],
  ['somebody else’s container', `[nsid 4]2: eth0@if60: ${REST}`],
  ['loopback of a container', `[nsid 1]1: lo: ${REST}`],
  ['an address that comes', '[nsid 1]2: eth1    inet 10.1.1.1/24 scope global eth1\\       valid_lft forever'],
  ['an address of loopback', '[nsid 1]Deleted 1: lo    inet 127.0.0.2/8 scope host lo\\       valid_lft forever'],
  ['something unreadable', 'Dump was interrupted and may be inconsistent.'],
])('%s is not', (_what, line) => expect(tells(line)).toBe(false))

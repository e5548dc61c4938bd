import { expect, it } from 'vitest'
import { parseRoutes, readNearNetworks } from './near-networks.ts'

const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	01005C0A	0003	0	0	0	00000000	0	0	0
eth0	00005C0A	00000000	0001	0	0	0	00FFFFFF	0	0	0
br-1234	001414AC	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	000010AC	0100000A	0003	0	0	0	0000F0FF	0	0	0
lost	001515AC	00000000	0000	0	0	0	00FFFFFF	0	0	0
`

it('names networks that are reached without a router', () => {
  expect(parseRoutes(TABLE)).toEqual([
    { device: 'eth0', cidr: '10.92.0.0/24' },
    { device: 'br-1234', cidr: '172.20.20.0/24' },
  ])
  expect(parseRoutes('')).toEqual([])
  expect(readNearNetworks('/nowhere')).toEqual([])
})

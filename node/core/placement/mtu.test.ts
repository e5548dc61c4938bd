import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { assign } from '../plan/testdata/host.ts'
import { labNode, sampleLab } from '../plan/testdata/lab.ts'
import { largeLinkNotes, largeLinks, pathMtuBytes } from './mtu.ts'

const nodes = ['r1', 'r2', 'r3'].map((name) => labNode(name))
const lab = sampleLab('m', nodes, [
  ['r1:eth1', 'r2:eth1'],
  ['r1:eth2', 'r3:eth1'],
])
const asking = (mtuBytes: number) => ({ ...lab, segments: lab.segments.map((segment) => ({ ...segment, mtuBytes })) })
const large = (mtuBytes: number, underlay: number | undefined) => {
  const intent = asking(mtuBytes)
  return largeLinks(intent, assign(intent, { r1: 1, r2: 2, r3: 1 }).segments, () => underlay)
}

describe('links that ask for more than their way carries whole', () => {
  it.each([
    [1370, undefined, 0],
    [1371, undefined, 1],
    [9000, 1500, 1],
    [8870, 9000, 0],
    [9500, 9000, 1],
  ])('%d bytes over a network of %s: %d', (asked, underlay, count) => {
    expect(large(asked, underlay)).toHaveLength(count)
  })

  it('are told each where the file asks for them, the others together', () => {
    const asked = asking(9000)
    const two = {
      ...asked,
      links: asked.links,
      segments: asked.segments.map((one, at) => (at === 0 ? one : { ...one, id: lab.segments[1]?.id ?? one.id })),
    }
    const assigned = assign(two, { r1: 1, r2: 2, r3: 3 }).segments
    const unasked = {
      ...two,
      segments: two.segments.map(({ mtuBytes, ...rest }, at) => (at === 0 ? { ...rest, mtuBytes } : rest)),
    }
    expect(
      largeLinkNotes(
        largeLinks(unasked, assigned, () => 1500),
        (host) => host.toLowerCase(),
      ),
    ).toEqual([
      'r1:eth1--r2:eth1: packets over 1370 of its 9000 bytes go in pieces between h1 and h2',
      'packets over 1370 bytes go in pieces between hosts, on 1 link; --strict-mtu gives them that MTU',
    ])
    expect(largeLinkNotes([], String)).toEqual([])
  })

  it('one host alone carries what containerlab gives', () => {
    expect(pathMtuBytes(['H1' as HostId], () => 1500)).toBe(9500)
  })
})

import { expect, test } from 'vitest'
import type { HostId, HostName, NodeName } from '../model/ids.ts'
import { labNode, sampleLab } from '../plan/testdata/lab.ts'
import { type HostCapacity, place } from './place.ts'

const host = (number: number, more: Partial<HostCapacity> = {}): HostCapacity => ({
  id: `H${number}` as HostId,
  name: `h${number}`,
  role: 'worker',
  state: 'alive',
  cpuFree: 8,
  memFreeMiB: 1000,
  nodes: 0,
  ...more,
})
const sharing = (name: string, of: string, more: Parameters<typeof labNode>[1] = {}) =>
  labNode(name, { networkMode: 'container', networkOf: of as NodeName, ...more })

test('a node goes where the one is whose network it shares, also when it is elsewhere now', () => {
  const intent = sampleLab('lab', [sharing('a', 'z'), labNode('m'), labNode('z')], [])
  const current = { a: 'H1', z: 'H2' } as unknown as Record<NodeName, HostId>
  expect(place({ intent, hosts: [host(1), host(2)], current })).toMatchObject({
    ok: true,
    hosts: { a: 'H2', z: 'H2' },
    reasons: { a: 'shares the network of z' },
  })
})

test('both go where there is room for both', () => {
  const big = { memoryBytes: 2 ** 20 * 400 }
  const intent = sampleLab('lab', [labNode('z', big), sharing('a', 'z', big)], [])
  const hosts = [host(1, { memFreeMiB: 700 }), host(2, { memFreeMiB: 900, nodes: 9 })]
  expect(place({ intent, hosts })).toMatchObject({ ok: true, hosts: { a: 'H2', z: 'H2' } })
})

test('the pin of one is the pin of both', () => {
  const intent = sampleLab('lab', [labNode('z'), sharing('a', 'z', { host: 'h2' as HostName })], [])
  expect(place({ intent, hosts: [host(1), host(2)] })).toMatchObject({ ok: true, hosts: { a: 'H2', z: 'H2' } })
})

test('says why where both do not fit, or the other one does not', () => {
  const big = { memoryBytes: 2 ** 30 * 0.6 }
  const both = sampleLab('lab', [labNode('z', big), sharing('a', 'z', big)], [])
  expect(place({ intent: both, hosts: [host(1)] })).toMatchObject({
    ok: false,
    problems: [
      {
        node: 'z',
        message: 'z fits on no host: h1: memory: needs 1230 MiB, has 1000 MiB free (with a, which shares its network).',
      },
      { node: 'a', message: 'a shares the network of z, which can run nowhere.' },
    ],
  })
  const gone = sampleLab('lab', [labNode('z', { host: 'h9' as HostName }), sharing('a', 'z')], [])
  expect(place({ intent: gone, hosts: [host(1)] })).toMatchObject({
    ok: false,
    problems: [{ node: 'z' }, { node: 'a', message: 'a shares the network of z, which can run nowhere.' }],
  })
})

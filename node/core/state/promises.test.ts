import { expect, test } from 'vitest'
import type { HostId, LabName, NodeName } from '../model/ids.ts'
import type { NodeRequest } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { decodeCommand } from './commands.ts'
import type { Assign, RoomLimit } from './lab-commands.ts'
import { apply, initialState, type State } from './machine.ts'
import { decodeState, encodeState } from './snapshot.ts'

const [h1, h2] = ['H1', 'H2'] as unknown as readonly [HostId, HostId]
const host = (id: HostId) => ({
  id,
  name: id.toLowerCase(),
  role: 'core' as const,
  addresses: ['192.0.2.1'],
  port: 1,
  wgPublicKey: 'a',
  wgPort: 1,
})

const mesh = (): State => {
  const state = initialState({ meshId: 'm', first: host(h1), nowMs: 0 })
  return {
    ...state,
    roster: { ...state.roster, [h2]: { ...host(h2), overlayAddress: '10.213.0.2', state: 'admitted' } },
  }
}

let count = 0
const assign = (
  lab: string,
  nodes: Readonly<Record<string, readonly [HostId, NodeRequest]>>,
  limits: Readonly<Record<string, RoomLimit>>,
): Assign => {
  count += 1
  return {
    type: 'assign',
    requestId: `r${count}`,
    nowMs: count,
    lab: lab as LabName,
    intentVersion: `${count}.1.H1`,
    hosts: Object.fromEntries(Object.entries(nodes).map(([node, [at]]) => [node as NodeName, at])),
    segments: [],
    endpoints: [],
    requests: Object.fromEntries(Object.entries(nodes).map(([node, [, request]]) => [node as NodeName, request])),
    limits,
  }
}
const held = (state: State, lab: string) => own(state.assignments, lab as LabName)

test('two labs that were placed at once do not both get the last of a host: the second is refused and leaves nothing', () => {
  const first = apply(mesh(), { index: 1, term: 1 }, assign('one', { a: [h1, { mem: 600 }] }, { H1: { mem: 1_000 } }))
  expect(first.result.ok).toBe(true)
  const late = assign('two', { a: [h1, { mem: 600 }], b: [h2, {}] }, { H1: { mem: 1_000 } })
  const second = apply(first.state, { index: 2, term: 1 }, late)
  expect(second.result).toMatchObject({
    ok: false,
    code: 'PLACEMENT_IMPOSSIBLE',
    message: 'Lab two has no room on h1 any more: other labs were decided meanwhile.',
  })
  expect(held(second.state, 'two')).toBeUndefined()
  expect(second.state.pools).toEqual(first.state.pools)
})

test('what a lab had itself is not counted twice, nor CPUs as memory', () => {
  const first = apply(
    mesh(),
    { index: 1, term: 1 },
    assign('one', { a: [h1, { mem: 600, cpu: 50 }] }, { H1: { mem: 1_000 } }),
  )
  const more = assign('one', { a: [h1, { mem: 1_000, cpu: 50 }] }, { H1: { mem: 1_000 } })
  const again = apply(first.state, { index: 2, term: 1 }, more)
  expect(again.result.ok).toBe(true)
  expect(held(again.state, 'one')?.requests).toEqual({ a: { mem: 1_000, cpu: 50 } })
  const cpus = assign('two', { a: [h1, { cpu: 60 }] }, { H1: { cpu: 100 } })
  expect(apply(again.state, { index: 3, term: 1 }, cpus).result).toMatchObject({ code: 'PLACEMENT_IMPOSSIBLE' })
})

test('promises pass the wire and snapshots', () => {
  const command = assign('one', { a: [h1, { mem: 600 }], b: [h2, { cpu: 25 }] }, { H1: { mem: 1_000, cpu: 7 } })
  expect(decodeCommand(JSON.parse(JSON.stringify(command)))).toEqual(command)
  const { state } = apply(mesh(), { index: 1, term: 1 }, command)
  expect(encodeState(decodeState(JSON.parse(JSON.stringify(encodeState(state)))))).toEqual(encodeState(state))
})

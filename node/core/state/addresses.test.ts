import { expect, it } from 'vitest'
import type { HostId, HostName } from '../model/ids.ts'
import { apply, initialState, type State } from './machine.ts'
import { decodeState, encodeState } from './snapshot.ts'

const first = {
  id: 'H1' as HostId,
  name: 'h1' as HostName,
  role: 'core' as const,
  addresses: ['192.0.2.1'],
  secondary: ['198.51.100.1'],
  port: 4801,
  wgPublicKey: 'key1=',
  wgPort: 51_820,
}
const update = (state: State, addresses: readonly string[], secondary?: readonly string[]): State =>
  apply(
    state,
    { index: 2, term: 1 },
    {
      type: 'update-host',
      requestId: `${addresses}/${secondary}`,
      nowMs: 1,
      id: first.id,
      addresses,
      ...(secondary === undefined ? {} : { secondary }),
      port: 1,
      wgPort: 2,
    },
  ).state

it('a host keeps its second address until another or none is told, and so does a snapshot', () => {
  const state = initialState({ meshId: 'm', first, nowMs: 0 })
  expect(state.roster.H1).toMatchObject({ secondary: ['198.51.100.1'] })
  expect(decodeState(JSON.parse(JSON.stringify(encodeState(state)))).roster).toEqual(state.roster)
  const moved = update(state, ['192.0.2.9'])
  expect(moved.roster.H1).toMatchObject({ addresses: ['192.0.2.9'], secondary: ['198.51.100.1'], port: 1, wgPort: 2 })
  expect(update(moved, ['192.0.2.9'], ['198.51.100.9']).roster.H1?.secondary).toEqual(['198.51.100.9'])
  expect(update(moved, ['192.0.2.9'], []).roster.H1).not.toHaveProperty('secondary')
})

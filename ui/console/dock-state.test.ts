import { expect, it } from 'vitest'
import { closeConsole, docked, front, openConsole } from './dock-state.ts'

const names = () => docked.value.map(({ node }) => node).join(' ')
const shown = () => docked.value.find(({ id }) => id === front.value)?.node

it('a node has one terminal in the dock, and the one that is closed leaves its neighbour in front', () => {
  for (const node of ['r1', 'r2', 'r3', 'r1']) openConsole('one', node)
  expect([names(), shown()]).toEqual(['r1 r2 r3', 'r1'])
  const close = (node: string) => closeConsole(docked.value.find((one) => one.node === node)?.id ?? -1)
  close('r1')
  expect([names(), shown()]).toEqual(['r2 r3', 'r2'])
  close('r3')
  expect(shown()).toBe('r2')
  close('r2')
  expect([names(), front.value]).toEqual(['', null])
})

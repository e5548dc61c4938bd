import { expect, test } from 'vitest'
import { differencesOf } from './differences.ts'
import { readTopology } from './read.ts'

const of = (text: string) =>
  differencesOf(readTopology({ text })).map(({ lines, what, supported }) => [lines, what, supported])

test('are the keys a file uses that differ or have no effect, with their lines', () => {
  const text = `name: a
settings: {}
topology:
  defaults: {kind: linux, image: x, memory: 64mb}
  nodes:
    r1: {memory: 128mb, position: left}
    r2: {binds: ["a:/a"]}
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
`
  expect(of(text)).toEqual([
    [[2], 'settings of the file', false],
    [[4, 6], 'memory of a node', true],
    [[6], 'position of a node', false],
    [[7], 'binds of a node', true],
    [[], 'privileged containers', true],
    [[], 'restarts', true],
    [[], 'frame sizes', true],
  ])
})

test('are none of what makes no difference', () => {
  const node = 'kind: linux, image: x, network-mode: none, privileged: true'
  expect(of(`name: a\ntopology:\n  nodes:\n    r1: {${node}}\n`)).toEqual([
    [[4], 'privileged of a node', true],
    [[], 'restarts', true],
  ])
  expect(of('name: a\ntopology:\n  nodes:\n    b: {kind: bridge}\n')).toEqual([[[], 'bridges', true]])
})

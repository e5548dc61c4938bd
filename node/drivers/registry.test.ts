import { expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { Exec } from '#platform/exec.ts'
import { createCapabilities } from './registry.ts'

const POOLS = { type: 'sync', metadata: ['/1.0/storage-pools/default'] }
type Answer = typeof POOLS | 'TIMEOUT' | 'TOOL_FAILED'

/** What a host says it can, answer after answer of LXD. */
const told = async (...answers: readonly Answer[]): Promise<readonly (readonly string[])[]> => {
  const left = [...answers]
  const exec: Exec = {
    run: async () => {
      const next = left.shift()
      if (typeof next !== 'object') throw new MeshError(next ?? 'INTERNAL', 'LXD')
      return { code: 200, stdout: JSON.stringify(next), stderr: '' }
    },
  }
  const capabilities = createCapabilities(exec, { socket: '/run/fake/lxd.socket', isInstalled: () => true })
  const all: (readonly string[])[] = []
  for (const _ of answers) all.push(await capabilities())
  return all
}

it('an engine too busy to answer can what it could', async () => {
  expect(await told(POOLS, 'TIMEOUT', 'TIMEOUT', POOLS)).toEqual([['lxd'], ['lxd'], ['lxd'], ['lxd']])
  expect(await told('TIMEOUT', POOLS)).toEqual([['lxd'], ['lxd']])
})

it('one that is away cannot', async () => {
  expect(await told('TIMEOUT', 'TOOL_FAILED')).toEqual([['lxd'], []])
  expect(await told(POOLS, 'TOOL_FAILED', 'TIMEOUT', POOLS)).toEqual([['lxd'], [], [], ['lxd']])
})

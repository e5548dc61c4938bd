import { expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { Command, Exec } from '#platform/exec.ts'
import { canFetchImage } from './can-fetch.ts'

it('asks the registry for the name alone, and takes any failure for no', async () => {
  const asked: Command[] = []
  const exec = (code: number): Exec => ({
    run: async (command) => {
      asked.push(command)
      if (code !== 200) throw new MeshError('TOOL_FAILED', 'status 403')
      return { code, stdout: '{}', stderr: '' }
    },
  })
  expect(await canFetchImage(exec(200), '/run/docker.sock', 'ghcr.io/x/frr:10@sha256:ab')).toBe(true)
  expect(await canFetchImage(exec(403), '/run/docker.sock', 'frr:10')).toBe(false)
  expect(asked).toMatchObject([
    { method: 'GET', path: '/distribution/ghcr.io/x/frr%3A10%40sha256%3Aab/json' },
    { path: '/distribution/frr%3A10/json' },
  ])
})

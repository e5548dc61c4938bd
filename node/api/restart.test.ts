import { expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { labSample } from '#testing/lab-samples.ts'
import { createApi } from './index.ts'

test('a lab node is restarted, and what goes wrong is told', async () => {
  const agent = createFakeAgent()
  const { app } = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
  await agent.submit(labSample({ name: 'one', nodes: { r1: {} }, links: [] }), new Map())
  const restart = (node: string) => app.inject({ method: 'POST', url: `/v1/labs/one/nodes/${node}/restart` })
  expect((await restart('r1')).json()).toMatchObject({ lab: 'one', node: 'r1' })
  expect(agent.restarts).toEqual([{ lab: 'one', node: 'r1' }])
  expect((await restart('r9')).statusCode).toBe(404)
  agent.fail('restartNode', new MeshError('BUSY', 'worked on already'))
  expect((await restart('r1')).json()).toMatchObject({ error: 'BUSY' })
})

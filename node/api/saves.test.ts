import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

const LAB = '/v1/labs/one/saves'
let folder: string
let agent: FakeAgent
let api: Api
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-saves-'))
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: join(folder, 'skein.sock'), version: '0.1.0' })
  await api.app.ready()
})
afterEach(async () => {
  await api.stop()
  await rm(folder, { recursive: true, force: true })
})
const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
  const { statusCode, body } = await api.app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })
  return { code: statusCode, body: body === '' ? null : (JSON.parse(body) as unknown) }
}

describe('saves', () => {
  it('are made, listed, read and forgotten', async () => {
    expect(await ask('GET', LAB)).toEqual({ code: 200, body: [] })
    expect(await ask('POST', LAB, { nodes: ['r1', 'r2'] })).toMatchObject({ code: 200, body: { lab: 'one', save: 1 } })
    expect(await ask('GET', LAB)).toMatchObject({
      code: 200,
      body: [{ save: 1, nodes: [{ node: 'r1' }, { node: 'r2' }] }],
    })
    expect(await ask('GET', `${LAB}/r1?save=1`)).toMatchObject({
      code: 200,
      body: { node: 'r1', text: 'hostname r1\n' },
    })
    expect(await ask('DELETE', `${LAB}?nodes=r1`)).toEqual({ code: 204, body: null })
    expect(await ask('GET', `${LAB}/r1`)).toMatchObject({ code: 404, body: { error: 'NOT_FOUND' } })
    expect(await ask('DELETE', LAB)).toEqual({ code: 204, body: null })
    expect(await ask('GET', LAB)).toEqual({ code: 200, body: [] })
  })

  it.each([
    ['POST', LAB, { nodes: [] }],
    ['POST', LAB, { nodes: ['../r1'] }],
    ['POST', LAB, { node: 'r1' }],
    ['GET', `${LAB}/r1?save=0`, undefined],
    ['DELETE', `${LAB}?nodes=`, undefined],
  ] as const)('%s %s %j is refused', async (method, url, payload) => {
    expect(await ask(method, url, payload)).toMatchObject({ code: 400, body: { error: 'BAD_INPUT' } })
  })
})

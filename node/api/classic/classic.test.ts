import { beforeEach, describe, expect, it } from 'vitest'
import type { EventView } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import type { FeedCode } from '#core/model/feed.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { createApi } from '../index.ts'

/** As scripts write it: no name, no `topology` around, ends as maps with addresses. */
const YAML = [
  'nodes:',
  '  r1:',
  '    kind: linux',
  '    image: alpine:latest',
  '    host: a',
  '  r2:',
  '    kind: linux',
  '    image: alpine:latest',
  '    host: b',
  'links:',
  '  - r1:',
  '      ifname: eth1',
  '      ipv4: 10.0.0.1/24',
  '    r2:',
  '      ifname: eth1',
  '      ipv4: 10.0.0.2/24',
].join('\n')

let agent: FakeAgent
let api: ReturnType<typeof createApi>
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) {
  const response = await api.app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
}

const told = (code: FeedCode, seq: number, message: string = code): EventView => {
  const atMs = Date.UTC(2026, 0, 1, 0, 0, seq)
  return {
    host: '12D3KooWA' as EventView['host'],
    hostName: 'a',
    boot: 1,
    seq,
    atMs,
    level: 'info',
    code,
    lab: 'one',
    message,
  }
}
const write = async (): Promise<void> => {
  await call('POST', '/labs', { name: 'one' })
  await call('POST', '/labs/one/import-yaml', { content: YAML })
}

describe('the paths of lab controllers', () => {
  it('list hosts', async () => {
    expect(await call('GET', '/agents')).toMatchObject({
      status: 200,
      body: [
        { name: 'a', address: '192.0.2.1', status: 'online' },
        { name: 'b', address: '', status: 'offline' },
      ],
    })
  })

  it('bring a lab up as the cheat sheet does, and down', async () => {
    expect(await call('POST', '/labs', { name: 'one' })).toMatchObject({
      status: 201,
      body: { id: 'one', state: 'draft' },
    })
    expect(await call('GET', '/labs')).toEqual({
      status: 200,
      body: { labs: [{ id: 'one', name: 'one', state: 'draft', has_topology: false }] },
    })
    expect(await call('POST', '/labs/one/import-yaml', { content: YAML })).toMatchObject({
      status: 200,
      body: { id: 'one', has_topology: true, nodes: 2, links: 1, warnings: [] },
    })
    agent.happen(told('LAB_SUBMITTED', 1))
    expect(await call('POST', '/labs/one/up')).toMatchObject({
      status: 200,
      body: { id: 'a-1-1', lab_id: 'one', action: 'up', status: 'queued', progress: { done: 0, total: 3 } },
    })
    expect(agent.submitted.get('one')?.intent).toMatchObject({
      name: 'one',
      nodes: [
        { name: 'r1', host: 'a' },
        { name: 'r2', host: 'b' },
      ],
      links: [{ endpoints: [{ ipv4: '10.0.0.1/24' }, { ipv4: '10.0.0.2/24' }] }],
    })
    agent.bringUp('one')
    expect(await call('GET', '/labs/one/jobs')).toMatchObject({
      body: { jobs: [{ action: 'up', status: 'completed' }] },
    })
    agent.happen(told('LAB_REMOVED', 2))
    expect(await call('POST', '/labs/one/down')).toMatchObject({ body: { action: 'down', status: 'completed' } })
    expect(await call('GET', '/labs/one')).toMatchObject({ body: { state: 'draft', has_topology: true } })
  })

  it('keep what was written until it is removed', async () => {
    await write()
    expect(await call('DELETE', '/labs/one')).toEqual({ status: 204, body: undefined })
    expect(await call('GET', '/labs/one')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } })
    expect(await call('DELETE', '/labs/one')).toMatchObject({ status: 404 })
  })

  it('bring up again what was submitted another way', async () => {
    await call('POST', '/v1/labs', { topology: YAML, name: 'one' })
    expect(await call('POST', '/labs/one/up')).toMatchObject({ status: 200, body: { action: 'up', status: 'running' } })
    expect(agent.history.get('one')).toHaveLength(2)
  })

  it.each([
    ['POST', '/labs', {}, 400, 'BAD_INPUT'],
    ['POST', '/labs', { name: '../x' }, 400, 'BAD_INPUT'],
    ['POST', '/labs', { name: 'one' }, 409, 'NAME_TAKEN'],
    ['POST', '/labs/one/import-yaml', { content: 7 }, 400, 'BAD_INPUT'],
    ['POST', '/labs/none/import-yaml', { content: YAML }, 404, 'NOT_FOUND'],
    ['POST', '/labs/one/import-yaml', { content: 'nodes: [' }, 422, 'BAD_TOPOLOGY'],
    ['POST', '/labs/one/up', undefined, 400, 'BAD_INPUT'],
    ['POST', '/labs/none/up', undefined, 404, 'NOT_FOUND'],
    ['POST', '/labs/one/down', undefined, 404, 'NOT_FOUND'],
    ['GET', '/labs/none/jobs', undefined, 404, 'NOT_FOUND'],
    ['GET', '/labs/none/interface-mappings', undefined, 404, 'NOT_FOUND'],
    ['POST', '/labs/none/links/reconcile', undefined, 404, 'NOT_FOUND'],
  ] as const)('refuse %s %s with %j', async (method, url, payload, status, error) => {
    await call('POST', '/labs', { name: 'one' })
    expect(await call(method, url, payload)).toMatchObject({ status, body: { error, hint: expect.any(String) } })
  })

  it('show interfaces under all their names', async () => {
    await write()
    await call('POST', '/labs/one/up')
    agent.bringUp('one')
    const all = await call('GET', '/labs/one/interface-mappings')
    expect(all).toMatchObject({
      body: {
        total: 2,
        mappings: [
          {
            lab_id: 'one',
            node_name: 'r1',
            linux_interface: 'eth1',
            vlan_tag: 1,
            ovs_port: null,
            vendor_interface: null,
          },
          { node_name: 'r2' },
        ],
      },
    })
    const one = await call('GET', '/labs/one/nodes/r2/interfaces')
    expect(one.body).toEqual({ total: 1, mappings: [all.body.mappings[1]] })
    expect(await call('GET', '/labs/one/nodes/r9/interfaces')).toMatchObject({ status: 404 })
  })

  it('reconcile links and count what came of it', async () => {
    await write()
    await call('POST', '/labs/one/up')
    agent.bringUp('one')
    const done = [{ op: 'update', what: 'port x', reason: 'tag', ok: true, message: null, ms: 1 }]
    agent.reconciled = [
      { host: 'a', done, wrong: [] },
      { host: 'b', done: [], wrong: [], unreachable: 'down' },
    ]
    expect(await call('POST', '/labs/one/links/reconcile')).toEqual({
      status: 200,
      body: {
        checked: 1,
        valid: 1,
        repaired: 1,
        errors: 0,
        skipped: 0,
        unreachable: [{ host: 'b', why: 'down' }],
      },
    })
  })
})

describe('jobs', () => {
  const jobs = async () => (await call('GET', '/labs/one/jobs')).body.jobs

  it('are newest first, each with its part of what happened', async () => {
    await write()
    await call('POST', '/labs/one/up')
    for (const event of [
      told('LAB_SUBMITTED', 1, 'one is wanted'),
      told('LAB_ASSIGNED', 2),
      told('LAB_UP', 3),
      told('LAB_REMOVED', 4),
      told('LAB_SUBMITTED', 5),
      told('LAB_SUBMITTED', 6),
    ])
      agent.happen(event)
    const list = await jobs()
    expect(list.map(({ id, action, status }: never) => [id, action, status])).toEqual([
      ['a-1-6', 'up', 'queued'],
      ['a-1-5', 'up', 'canceled'],
      ['a-1-4', 'down', 'completed'],
      ['a-1-1', 'up', 'completed'],
    ])
    expect(list[3]).toMatchObject({
      created_at: '2026-01-01T00:00:01.000Z',
      completed_at: '2026-01-01T00:00:03.000Z',
      log: ['2026-01-01T00:00:01.000Z a: one is wanted', expect.any(String), expect.any(String)],
    })
  })

  it.each([
    ['NO_QUORUM', 'queued'],
    ['PLACEMENT_IMPOSSIBLE', 'failed'],
  ] as const)('that wait for %s are %s, with the reason', async (code, status) => {
    await write()
    await call('POST', '/labs/one/up')
    agent.happen(told('LAB_SUBMITTED', 1))
    agent.show('one', (view) => ({ ...view, waiting: { code, message: 'why' } }))
    expect(await jobs()).toMatchObject([{ status, error: 'why' }])
  })

  it('fail with the first thing wrong of the lab', async () => {
    await write()
    await call('POST', '/labs/one/up')
    agent.happen(told('LAB_SUBMITTED', 1))
    agent.show('one', (view) => ({
      ...view,
      state: 'error',
      nodes: view.nodes.map((node) => ({ ...node, state: 'error', error: 'no image' })),
    }))
    expect(await jobs()).toMatchObject([{ status: 'failed', error: 'no image' }])
  })

  it('pass on what the agent says', async () => {
    await write()
    agent.fail('events', new MeshError('BUSY', 'too much'))
    expect(await call('GET', '/labs/one/jobs')).toMatchObject({ status: 503, body: { error: 'BUSY' } })
  })
})

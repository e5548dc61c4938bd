import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import { ERRORS, MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { BOUND_FILE, TWO_LAB } from '#testing/samples.ts'
import { type Api, createApi } from './index.ts'

const FILES = [{ path: BOUND_FILE.path, mode: 0o644, contentBase64: Buffer.from(BOUND_FILE.text).toString('base64') }]
const LAB = { topology: TWO_LAB, files: FILES }

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})

type Method = 'GET' | 'POST' | 'DELETE'
async function call(method: Method, url: string, payload?: object | string) {
  const headers = typeof payload === 'string' ? { 'content-type': 'application/json' } : {}
  const response = await api.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
}

describe('what the agent knows', () => {
  it.each([
    ['/healthz', { status: 'ok', version: '0.1.0' }],
    ['/v1/self', { name: 'a', role: 'core', meshId: 'mesh1' }],
    [
      '/v1/hosts',
      [
        { name: 'a', state: 'alive', ageMs: 400 },
        { name: 'b', state: 'down', ageMs: null },
      ],
    ],
    ['/v1/leader', { leader: 'a', term: 3, voters: ['a'], quorum: { have: 1, need: 1 } }],
    [
      '/v1/allocations',
      [
        { pool: 'vni', value: 4096 },
        { pool: 'vlan', host: 'a' },
      ],
    ],
    ['/v1/counters', { 'record.dropped.BAD_SIGNATURE': 2 }],
    ['/v1/tokens', []],
    ['/v1/labs', []],
  ])('GET %s', async (url, body) => expect(await call('GET', url)).toMatchObject({ status: 200, body }))

  it('says whether this host can do its work, and why not', async () => {
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
    agent.checks = [{ name: 'tools', ok: false, why: 'docker does not answer' }]
    expect(await call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: {
        error: 'NOT_READY',
        message: expect.stringContaining('docker'),
        details: { checks: [{ name: 'tools' }] },
      },
    })
    expect(await call('GET', '/healthz')).toMatchObject({ status: 200 })
  })

  it('lists hosts by name, whatever their order in the roster', async () => {
    const hosts = agent.hosts()
    agent.hosts = () => hosts.toReversed()
    expect(await call('GET', '/v1/hosts')).toMatchObject({ body: [{ name: 'a' }, { name: 'b' }] })
  })
})

describe('hosts', () => {
  it('are looked at, drained, used again, and removed', async () => {
    expect(await call('GET', '/v1/hosts/a')).toMatchObject({
      status: 200,
      body: { name: 'a', drained: false, nodes: [] },
    })
    expect(await call('POST', '/v1/hosts/b/drain')).toMatchObject({ status: 200, body: { name: 'b', drained: true } })
    expect(await call('POST', '/v1/hosts/b/undrain', {})).toMatchObject({ status: 200, body: { drained: false } })
    expect(await call('DELETE', '/v1/hosts/b')).toEqual({ status: 200, body: { name: 'b', id: '12D3KooWB' } })
    expect(agent.removed).toEqual(['b'])
  })

  it('with lab nodes are removed only by force', async () => {
    const detail = agent.hostDetail('a')
    agent.hostDetail = () => ({ ...detail, nodes: [{ lab: 'one', node: 'r1', reason: null }] })
    expect(await call('DELETE', '/v1/hosts/a')).toMatchObject({ status: 409, body: { error: 'HOST_IN_USE' } })
    expect(await call('DELETE', '/v1/hosts/a?force=true')).toMatchObject({ status: 200 })
  })

  it.each([
    ['GET', '/v1/hosts/zz', 404],
    ['POST', '/v1/hosts/A_B/drain', 400],
    ['DELETE', '/v1/hosts/a?force=maybe', 400],
    ['DELETE', '/v1/hosts/a?forse=true', 400],
  ] as const)('%s %s answers %i', async (method, url, status) =>
    expect(await call(method, url)).toMatchObject({ status }),
  )
})

describe('tokens', () => {
  it('are made with defaults, listed, and revoked', async () => {
    const made = await call('POST', '/v1/tokens')
    expect(made).toMatchObject({ status: 201, body: { token: 'skein1.t1', id: 't1', role: 'core' } })
    expect(await call('DELETE', '/v1/tokens/t1')).toEqual({ status: 204, body: undefined })
    expect(await call('GET', '/v1/tokens')).toMatchObject({ body: [{ id: 't1', state: 'revoked', usesLeft: 1 }] })
  })

  it.each([
    [{ role: 'king' }, 'role'],
    [{ ttlMs: 0 }, 'ttlMs'],
    [{ uses: 0 }, 'uses'],
    [{ uses: 1.5 }, 'uses'],
    [{ name: 'Not A Name' }, 'name'],
    [{ rôle: 'core' }, ''],
  ])('refuse %j', async (body, path) => {
    const answer = await call('POST', '/v1/tokens', body)
    expect(answer).toMatchObject({ status: 400, body: { error: 'BAD_INPUT', details: { problems: [{ path }] } } })
  })

  it('pass on what the agent says', async () => {
    agent.fail('createToken', new MeshError('NO_QUORUM', '1 of 2 voters', { missing: ['b'] }))
    expect(await call('POST', '/v1/tokens', {})).toEqual({
      status: 503,
      body: { error: 'NO_QUORUM', message: '1 of 2 voters', hint: ERRORS.NO_QUORUM.hint, details: { missing: ['b'] } },
    })
  })

  it('that are not there give NOT_FOUND', async () => {
    expect(await call('DELETE', '/v1/tokens/nope')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } })
  })
})

describe('labs', () => {
  it('are submitted with the contents of their files', async () => {
    expect(await call('POST', '/v1/labs', LAB)).toMatchObject({
      status: 202,
      body: { lab: 'two', generation: 1, changes: { nodes: { create: 2 } }, warnings: [] },
    })
    const kept = agent.submitted.get('two')
    const [file] = kept?.intent.files ?? []
    expect(file).toMatchObject({ path: 'conf/a.txt', sizeBytes: 2, mode: 0o644 })
    expect(Buffer.from(kept?.contents.get(file?.sha256 ?? '') ?? []).toString()).toBe('hi')
    expect(await call('GET', '/v1/labs/two')).toMatchObject({ status: 200, body: { name: 'two', state: 'pending' } })
    expect(await call('GET', '/v1/labs/two/links')).toMatchObject({
      body: [{ id: 'a:eth1--b:eth1', state: 'pending', vni: null }],
    })
    expect(await call('GET', '/v1/labs')).toMatchObject({ body: [{ name: 'two', nodes: { running: 0, total: 2 } }] })
    expect(await call('DELETE', '/v1/labs/two')).toEqual({ status: 202, body: { lab: 'two' } })
    expect(await call('GET', '/v1/labs/two')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } })
  })

  it('take the name of the request, and else a fallback', async () => {
    expect(await call('POST', '/v1/labs', { ...LAB, name: 'mine' })).toMatchObject({ body: { lab: 'mine' } })
    const nameless = { ...LAB, topology: TWO_LAB.replace('name: two\n', ''), fallbackName: 'file1' }
    expect(await call('POST', '/v1/labs', nameless)).toMatchObject({ body: { lab: 'file1' } })
  })

  it('put variables in', async () => {
    const topology = TWO_LAB.replaceAll('alpine', `$${'{IMAGE}'}`)
    await call('POST', '/v1/labs', { ...LAB, topology, variables: { IMAGE: 'debian' } })
    expect(agent.submitted.get('two')?.intent.nodes[0]?.image).toBe('debian')
  })

  it('with errors are refused with all of them, and not submitted', async () => {
    const topology = TWO_LAB.replace('image: alpine, binds', 'imagge: alpine, binds').replace('b:eth1"', 'c:eth1"')
    const answer = await call('POST', '/v1/labs', { ...LAB, topology })
    expect(answer).toMatchObject({ status: 422, body: { error: 'BAD_TOPOLOGY', hint: ERRORS.BAD_TOPOLOGY.hint } })
    expect(answer.body.details.problems.length).toBeGreaterThan(1)
    expect(answer.body.details.problems[0]).toMatchObject({ line: 4, severity: 'error' })
    expect(agent.submitted.size).toBe(0)
  })

  it('whose files were not sent are refused', async () => {
    expect(await call('POST', '/v1/labs', { topology: TWO_LAB })).toMatchObject({
      status: 422,
      body: { details: { problems: [{ line: 4 }] } },
    })
  })

  it('are validated without being submitted', async () => {
    expect(await call('POST', '/v1/labs/validate', LAB)).toEqual({ status: 200, body: { valid: true, problems: [] } })
    const bad = await call('POST', '/v1/labs/validate', { topology: 'a: [' })
    expect(bad).toMatchObject({ status: 200, body: { valid: false } })
    expect(agent.submitted.size).toBe(0)
  })

  it('are planned', async () => {
    const answer = await call('POST', '/v1/labs/plan', LAB)
    expect(answer).toMatchObject({
      status: 200,
      body: { lab: 'two', nodes: [{ name: 'a', host: 'a' }, {}], warnings: [] },
    })
    agent.fail('plan', new MeshError('PLACEMENT_IMPOSSIBLE', 'no host z'))
    expect(await call('POST', '/v1/labs/plan', LAB)).toMatchObject({
      status: 409,
      body: { error: 'PLACEMENT_IMPOSSIBLE' },
    })
  })

  it.each([
    [{}, 'bad body: topology'],
    [{ topology: 7 }, 'bad body: topology'],
    [{ topology: '', files: [{ path: 'a' }] }, 'bad body: files.0.mode'],
    [{ topology: '', files: [{ path: 'a', mode: 0o4755, contentBase64: '' }] }, 'bad body: files.0.mode'],
    [{ topology: '', files: [{ path: '../a', mode: 0o644, contentBase64: '' }] }, 'file path "../a" leaves'],
    [{ topology: '', variables: { A: 1 } }, 'bad body: variables.A'],
    [{ topology: '', name: '-x' }, 'bad body: name'],
    [{ topology: '', more: true }, 'bad body: '],
  ])('refuse the body %j', async (body, message) => {
    const answer = await call('POST', '/v1/labs', body)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'BAD_INPUT', message: expect.stringContaining(message) },
    })
  })

  it.each([
    ['GET', '/v1/labs/nope'],
    ['GET', '/v1/labs/nope/links'],
    ['DELETE', '/v1/labs/nope'],
  ] as const)('that are not there: %s %s', async (method, url) => {
    expect(await call(method, url)).toMatchObject({ status: 404, body: { error: 'NOT_FOUND', message: 'no lab nope' } })
  })

  it('with an impossible name are bad input', async () => {
    expect(await call('GET', '/v1/labs/..%2f..%2fetc')).toMatchObject({ status: 400, body: { error: 'BAD_INPUT' } })
  })
})

describe('exec', () => {
  beforeEach(() => call('POST', '/v1/labs', LAB))

  it('hands argv on as it is', async () => {
    const argv = ['sh', '-c', 'echo "$0" \n']
    expect(await call('POST', '/v1/labs/two/nodes/a/exec', { argv })).toMatchObject({
      status: 200,
      body: { exitCode: 0, host: 'a' },
    })
    expect(agent.execs).toEqual([{ lab: 'two', node: 'a', argv }])
  })

  it.each([{}, { argv: [] }, { argv: 'ls' }, { argv: [1] }])('refuses %j', async (body) => {
    expect(await call('POST', '/v1/labs/two/nodes/a/exec', body)).toMatchObject({
      status: 400,
      body: { error: 'BAD_INPUT' },
    })
  })

  it('knows no other nodes', async () => {
    expect(await call('POST', '/v1/labs/two/nodes/z/exec', { argv: ['ls'] })).toMatchObject({ status: 404 })
  })
})

describe('every error has one shape', () => {
  const SHAPE = {
    error: expect.any(String),
    message: expect.any(String),
    hint: expect.any(String),
    details: expect.any(Object),
  }

  it.each([
    ['an unknown route', 'GET', '/v1/nothing', undefined, 404],
    ['an unknown method', 'DELETE', '/v1/hosts', undefined, 404],
    ['broken JSON', 'POST', '/v1/tokens', '{', 400],
    ['a poisoned prototype', 'POST', '/v1/tokens', '{"__proto__": {}}', 400],
    ['an empty body where one is needed', 'POST', '/v1/labs', '', 400],
    ['a list for a body', 'POST', '/v1/tokens', '[]', 400],
    ['a name beyond all lengths', 'GET', `/v1/labs/${'x'.repeat(300)}`, undefined, 414],
    ['a URL that is none', 'GET', '/v1/labs/%zz', undefined, 400],
  ] as const)('%s', async (_what, method, url, payload, status) => {
    expect(await call(method, url, payload)).toEqual({ status, body: SHAPE })
  })

  it('a body of another type', async () => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/v1/labs',
      headers: { 'content-type': 'text/yaml' },
      payload: 'a: 1',
    })
    expect([response.statusCode, response.json()]).toEqual([415, SHAPE])
  })

  it('a body that is too large', async () => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/v1/labs',
      headers: { 'content-type': 'application/json', 'content-length': String(65 * 1024 * 1024) },
      payload: '{}',
    })
    expect([response.statusCode, response.json()]).toEqual([413, SHAPE])
  })

  it('an unexpected one tells nothing but its code', async () => {
    agent.fail('hosts', new TypeError('secret of the inside'))
    const answer = await call('GET', '/v1/hosts')
    expect(answer).toEqual({ status: 500, body: { ...SHAPE, error: 'INTERNAL' } })
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|at /)
  })

  it('an unexpected one is logged with its stack, an expected one is not', async () => {
    const lines: string[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
    api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', log })
    await call('GET', '/v1/labs/nope')
    expect(lines).toEqual([])
    agent.fail('hosts', new TypeError('secret of the inside'))
    await call('GET', '/v1/hosts')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { code: 'INTERNAL', err: { stack: expect.stringContaining('at ') } },
    ])
  })
})

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '#store/index.ts'
import { type BenchHost, benchHost, EngineBench } from '#testing/engine-bench.ts'
import { leadingBench, ticks } from '#testing/log-bench.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { positionHere } from './consensus/log-position.ts'
import { createRequests } from './requests.ts'

const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]
const sha256 = createHash('sha256').update('config').digest('hex')

const setup = async (more: readonly BenchHost[] = []) => {
  const { bench } = await leadingBench([a, b, c, ...more])
  const store = await memoryStore()
  await store.putBlob(sha256, Buffer.from('config'))
  const ran: string[] = []
  const requests = createRequests({
    engine: bench.engine,
    clock: virtualClock,
    store,
    nodesHere: () => [{ lab: 'one', node: 'r1' }],
    logPosition: () => positionHere(bench.engine, false),
    events: (body) => body,
    ran: (from, { lab, node }) => ran.push(`${from === b.id ? 'b' : from} in ${lab} ${node}`),
    execHere: async (lab, node, argv, how) => ({
      exitCode: 0,
      stdout: `${lab} ${node} ${argv.join(' ')}${how?.stdin === undefined ? '' : ` < ${Buffer.from(how.stdin)}`}`,
      stderr: '',
      host: 'a',
    }),
    snapshotsHere: async (lab) => [{ node: 'r1', name: `of ${lab}`, createdMs: 1, sizeBytes: null }],
    snapshotHere: async ({ verb, nodes }) => nodes.map((node) => ({ node, ok: true, message: verb })),
    restartHere: async (lab, node) => ({ lab, node, host: 'a' }),
    imagesHere: async (body) => body,
    imageParts: async (body) => body,
    apiCertificate: async () => ({}),
    imageTicket: async (body) => body,
    portsHere: async (body) => body,
    rehearseHere: (body) => body,
    iperf: {},
    waysHere: async () => [],
    reconcileHere: async (lab) => ({ done: [], wrong: [{ what: lab, reason: 'missing', error: null }] }),
  })
  return { bench, requests, ran, ask: (name: string, body: unknown) => requests(b.id, name, body) }
}

describe('requests of other hosts', () => {
  useVirtualTime()

  test('heard: tells direct signs of life only, null of hosts it has lost, and that it cannot say', async () => {
    const { bench, ask } = await setup()
    expect(await ask('heard', { host: a.id })).toBe(0)
    expect(await ask('heard', { host: b.id })).toBe('unknown')
    bench.do({ type: 'peer', host: b.id, connected: true })
    await pass(250)
    expect(await ask('heard', { host: b.id })).toBe(250)
    bench.do({ type: 'answer', about: c.id, from: b.id, heardAgoMs: 10 })
    expect(await ask('heard', { host: c.id })).toBe('unknown')
    bench.do({ type: 'peer', host: b.id, connected: false })
    expect(await ask('heard', { host: b.id })).toBeNull()
  })

  test('blob: the content where it is here, null where not', async () => {
    const { ask } = await setup()
    expect(await ask('blob', { sha256 })).toBe(Buffer.from('config').toString('base64'))
    expect(await ask('blob', { sha256: '0'.repeat(64) })).toBeNull()
  })

  test('exec: runs here', async () => {
    const { ask, ran } = await setup()
    expect(await ask('exec', { lab: 'one', node: 'r1', argv: ['ip', 'a'] })).toMatchObject({ stdout: 'one r1 ip a' })
    const input = { lab: 'one', node: 'r1', argv: ['cat'], stdinBase64: 'aGk=' }
    expect(await ask('exec-input', input)).toMatchObject({ stdout: 'one r1 cat < hi' })
    expect(ran).toEqual(['b in one r1', 'b in one r1'])
  })

  test('reconcile: looks here', async () => {
    const { ask } = await setup()
    expect(await ask('reconcile', { lab: 'one' })).toMatchObject({ wrong: [{ what: 'one' }] })
  })

  test('snapshots: what is kept here, and what becomes of a wish', async () => {
    const { ask } = await setup()
    expect(await ask('snapshots', { lab: 'one' })).toMatchObject([{ node: 'r1', name: 'of one' }])
    expect(await ask('snapshot', { verb: 'take', lab: 'one', nodes: ['r1'], name: 's' })).toEqual([
      { node: 'r1', ok: true, message: 'take' },
    ])
  })

  test('restart: of a node here', async () => {
    const { ask } = await setup()
    expect(await ask('restart', { lab: 'one', node: 'r1' })).toEqual({ lab: 'one', node: 'r1', host: 'a' })
    await expect(ask('restart', { lab: 'one' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  test('allocations: what the log holds; a host without the log says so', async () => {
    const { bench, ask } = await setup()
    await ticks(bench, 100)
    expect(await ask('allocations', {})).toMatchObject([{ pool: 'overlay', value: '10.213.0.1' }])
    const worker = new EngineBench({ hosts: [benchHost('w', 4, 'worker'), a], voters: [a] })
    const requests = createRequests({
      engine: worker.engine,
      clock: virtualClock,
      store: await memoryStore(),
      nodesHere: () => [],
      logPosition: () => null,
      events: (body) => body,
      ran: () => {},
      execHere: () => Promise.reject(new Error('not asked')),
      snapshotsHere: () => Promise.reject(new Error('not asked')),
      snapshotHere: () => Promise.reject(new Error('not asked')),
      restartHere: () => Promise.reject(new Error('not asked')),
      imagesHere: () => Promise.reject(new Error('not asked')),
      imageParts: () => Promise.reject(new Error('not asked')),
      apiCertificate: async () => ({}),
      imageTicket: () => Promise.reject(new Error('not asked')),
      portsHere: () => Promise.reject(new Error('not asked')),
      rehearseHere: () => null,
      iperf: {},
      waysHere: async () => null,
      reconcileHere: () => Promise.reject(new Error('not asked')),
    })
    await expect(requests(b.id, 'allocations', {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each([
    ['heard', {}, 'host'],
    ['blob', { sha256: '../../etc/passwd' }, 'sha256'],
    ['exec', { lab: 'one', node: 'r1', argv: [] }, 'argv'],
    ['exec', 'ls', 'malformed request'],
    ['exec-input', { lab: 'one', node: 'r1', argv: ['cat'], stdinBase64: '?' }, 'stdinBase64'],
    ['reconcile', { host: 'a' }, 'lab'],
    ['snapshot', { verb: 'rm', lab: 'one', nodes: [], name: 's' }, 'verb'],
    ['later', {}, 'does not know the request later'],
    ['toString', {}, 'does not know the request toString'],
    ['constructor', {}, 'does not know the request constructor'],
  ])('%s %j is refused', async (name, body, message) => {
    const { ask } = await setup()
    await expect(ask(name, body)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(message),
    })
  })
})

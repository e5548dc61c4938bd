import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '#store/index.ts'
import { type BenchHost, benchHost, EngineBench } from '#testing/engine-bench.ts'
import { leadingBench, ticks } from '#testing/log-bench.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { positionHere } from './log-position.ts'
import { createRequests } from './requests.ts'

const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]
const sha256 = createHash('sha256').update('config').digest('hex')

const setup = async (more: readonly BenchHost[] = []) => {
  const { bench } = await leadingBench([a, b, c, ...more])
  const store = await memoryStore()
  await store.putBlob(sha256, Buffer.from('config'))
  const requests = createRequests({
    engine: bench.engine,
    clock: virtualClock,
    store,
    nodesHere: () => [{ lab: 'one', node: 'r1' }],
    logPosition: () => positionHere(bench.engine, false),
    execHere: async (lab, node, argv) => ({
      exitCode: 0,
      stdout: `${lab} ${node} ${argv.join(' ')}`,
      stderr: '',
      host: 'a',
    }),
  })
  return { bench, requests, ask: (name: string, body: unknown) => requests(b.id, name, body) }
}

describe('requests of other hosts', () => {
  useVirtualTime()

  test('heard: tells direct signs of life only, and nothing of hosts it is not connected to', async () => {
    const { bench, ask } = await setup()
    expect(await ask('heard', { host: a.id })).toBe(0)
    expect(await ask('heard', { host: b.id })).toBeNull()
    bench.do({ type: 'peer', host: b.id, connected: true })
    await pass(250)
    expect(await ask('heard', { host: b.id })).toBe(250)
    bench.do({ type: 'answer', about: c.id, heardAgoMs: 10 })
    expect(await ask('heard', { host: c.id })).toBeNull()
    bench.do({ type: 'peer', host: b.id, connected: false })
    expect(await ask('heard', { host: b.id })).toBeNull()
  })

  test('blob: the content where it is here, null where not', async () => {
    const { ask } = await setup()
    expect(await ask('blob', { sha256 })).toBe(Buffer.from('config').toString('base64'))
    expect(await ask('blob', { sha256: '0'.repeat(64) })).toBeNull()
  })

  test('exec: runs here', async () => {
    const { ask } = await setup()
    expect(await ask('exec', { lab: 'one', node: 'r1', argv: ['ip', 'a'] })).toMatchObject({ stdout: 'one r1 ip a' })
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
      execHere: () => Promise.reject(new Error('not asked')),
    })
    await expect(requests(b.id, 'allocations', {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each([
    ['heard', {}, 'host'],
    ['blob', { sha256: '../../etc/passwd' }, 'sha256'],
    ['exec', { lab: 'one', node: 'r1', argv: [] }, 'argv'],
    ['exec', 'ls', 'malformed request'],
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

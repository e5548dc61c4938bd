import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { type AttachedBody, DEFAULT_PARAMS, taskId } from '#core/model/iperf.ts'
import type { RecordDraft } from '#core/model/record.ts'
import { type BenchHost, benchHost, EngineBench } from '#testing/engine-bench.ts'
import { pass, until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { isBodyReadable } from '../bodies.ts'
import type { TaskView } from '../port-iperf.ts'
import { type AttachedSide, createAttachedSide } from './attached-side.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const TASK = { server: taskId(50, 'server'), client: taskId(50, 'client') }
const REPORT = new URL('../../drivers/iperf/testdata/tcp.json', import.meta.url)

/** Tasks of test 50, from `lite` to `lite`; those of 51 are of another machine. */
const taskOf = (id: number, gone: ReadonlySet<number>): TaskView => {
  const test = Math.floor(id / 2)
  if ((test !== 50 && test !== 51) || gone.has(test)) throw new MeshError('NOT_FOUND', `there is no task ${id}`)
  const role = id % 2 === 1 ? 'client' : 'server'
  return { id, exercise: 40, test, role, state: 'pending', end: test === 50 ? 'lite' : 'heavy', host: 'b' }
}

describe('attached machines', () => {
  useVirtualTime()
  let benches: ReadonlyMap<BenchHost, EngineBench>
  let sides: ReadonlyMap<BenchHost, AttachedSide>
  let told: string[]
  let published: string[]
  let numbers: number
  let down: Set<BenchHost>
  /** Tests that nobody knows any more. */
  let gone: Set<number>
  const fatal: unknown[] = []
  let timer: NodeJS.Timeout

  const sideOf = (host: BenchHost): AttachedSide => sides.get(host) ?? expect.fail('no such host')
  const port = (host: BenchHost) => sideOf(host).port
  const publish = (from: BenchHost, draft: RecordDraft): void => {
    for (const bench of benches.values()) {
      const record = bench.sign(draft, from)
      expect(isBodyReadable(record)).toBe(true)
      bench.do({ type: 'record', record, own: bench.self === from })
    }
    published.push(`${from.name} ${(draft.body as AttachedBody).isOnline}`)
  }
  const make = (self: BenchHost): AttachedSide => {
    const { engine } = benches.get(self) ?? expect.fail()
    vi.spyOn(engine.membership, 'isAlive').mockImplementation((id) => [...down].every((host) => host.id !== id))
    return createAttachedSide({
      engine,
      clock: virtualClock,
      loop: { idle: async () => {} },
      proposals: { submit: async () => ({ type: 'number', first: ++numbers }) },
      publish: (draft) => publish(self, draft),
      request: async (peer, name, body) => {
        expect(name).toBe('iperf-attached')
        expect(JSON.stringify(body), 'the key itself').not.toContain(proof.key)
        const host = [a, b].find(({ id }) => id === peer) ?? expect.fail()
        return JSON.parse(JSON.stringify(await sideOf(host).answer(JSON.parse(JSON.stringify(body)))))
      },
      tell: ({ code }) => told.push(`${self.name} ${code}`),
      onFatal: (error) => fatal.push(error),
      task: (id) => taskOf(id, gone),
    })
  }
  let proof: { name: string; key: string }
  const ask = { exercise: 40, test: 50, params: DEFAULT_PARAMS, port: 30_000, limitMs: 20_000, heard: () => undefined }
  const end = (host: BenchHost) => ({ type: 'attached', name: 'lite', host: host.id }) as const
  const never = new AbortController().signal

  beforeEach(async () => {
    told = []
    published = []
    numbers = 6
    down = new Set()
    gone = new Set()
    benches = new Map([a, b].map((self) => [self, new EngineBench({ hosts: self === a ? [a, b] : [b, a] })]))
    sides = new Map([a, b].map((self) => [self, make(self)]))
    timer = setInterval(() => {
      for (const side of sides.values()) side.look()
    }, 1_000)
    proof = { name: 'lite', key: '' }
    proof = { name: 'lite', key: (await port(a).create({ name: 'lite' })).key }
  })
  afterEach(() => {
    clearInterval(timer)
    expect(fatal).toEqual([])
  })

  test('are made with a key nobody else has, listed, and removed', async () => {
    expect(Buffer.from(proof.key, 'base64url')).toHaveLength(32)
    const lite = { id: 7, name: 'lite', state: 'created', home: null, heardAtMs: null }
    expect(port(b).list()).toMatchObject([lite])
    expect(JSON.stringify([...(benches.get(b)?.engine.book.all() ?? [])])).not.toContain(proof.key)
    expect(await port(b).create({ name: 'two', key: 'chosen-by-themselves' })).toMatchObject({
      id: 8,
      key: 'chosen-by-themselves',
    })
    await expect(port(b).create({ name: 'lite' })).rejects.toMatchObject({ code: 'ATTACHED_EXISTS' })
    await expect(port(b).create({ name: 'b' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(port(b).create({ name: '-', key: 'a b' })).rejects.toMatchObject({
      details: { problems: [expect.stringContaining('name'), expect.stringContaining('key')] },
    })
    await port(b).remove(7)
    expect(() => port(a).get(7)).toThrow('there is no attached machine 7')
    await expect(port(a).heartbeat(proof)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    // A new one of that name has another number and another key.
    expect(await port(a).create({ name: 'lite' })).toMatchObject({ id: 9 })
    await expect(port(a).heartbeat(proof)).rejects.toMatchObject({ code: 'ATTACHED_KEY_WRONG' })
  })

  test('two of one name at once: one is made', async () => {
    const made = await Promise.allSettled([port(a).create({ name: 'two' }), port(a).create({ name: 'two' })])
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('a wrong key changes nothing, here or by way of another host', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const before = published.length
    const wrong = { name: 'lite', key: `${proof.key}x` }
    for (const host of [a, b]) {
      await expect(port(host).register(wrong, { address: '192.0.2.66' })).rejects.toMatchObject({
        code: 'ATTACHED_KEY_WRONG',
      })
      await expect(port(host).claim({ name: 'nobody', key: proof.key })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    const forged = { name: 'lite', keySha256: '0'.repeat(64), ask: { call: 'heartbeat' } }
    await expect(sideOf(b).answer(forged)).rejects.toMatchObject({ code: 'ATTACHED_KEY_WRONG' })
    expect(published).toHaveLength(before)
  })

  test('register where they ask; other hosts pass on what they say', async () => {
    expect(await port(b).register(proof, { address: '::ffff:192.0.2.7', iperfVersion: '3.12' })).toMatchObject({
      state: 'online',
      home: 'b',
      address: '192.0.2.7',
      iperfVersion: '3.12',
    })
    expect(told).toEqual(['b ATTACHED_ONLINE'])
    expect(await port(a).register(proof, { address: '192.0.2.8' })).toMatchObject({ home: 'b', address: '192.0.2.8' })
    expect(port(a).get(7)).toMatchObject({ home: 'b', address: '192.0.2.8', iperfVersion: '3.12' })
    for (const address of ['example.org', 'fe80::1%eth0', ''])
      await expect(port(a).register(proof, { address })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  test('are told of at changes and each minute, and are offline when they are not heard', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    published = []
    for (let beats = 0; beats < 24; beats += 1) {
      await pass(5_000)
      await port(a).heartbeat(proof)
    }
    expect(published).toEqual(['b true', 'b true'])
    await pass(14_000)
    expect(port(a).get(7).state).toBe('online')
    await pass(2_000)
    expect(port(a).get(7)).toMatchObject({ state: 'offline', home: 'b' })
    await pass(5_000)
    expect(published).toEqual(['b true', 'b true', 'b false'])
    await port(a).heartbeat(proof)
    expect(port(b).get(7).state).toBe('online')
    expect(told).toEqual(['b ATTACHED_ONLINE', 'b ATTACHED_OFFLINE', 'b ATTACHED_ONLINE'])
  })

  test('whose home is down find another one', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    down.add(b)
    expect(port(a).get(7).state).toBe('offline')
    expect(await port(a).heartbeat(proof)).toMatchObject({ state: 'online', home: 'a', address: '192.0.2.7' })
    down.clear()
    expect(await port(b).heartbeat(proof), 'back again, it passes on').toMatchObject({ home: 'a' })
    // As a host asks that has not heard of it.
    const late = { ...forwardOf(), ask: { call: 'heartbeat' } }
    await expect(sideOf(b).answer(late)).rejects.toMatchObject({ code: 'UNREACHABLE' })
    await expect(sideOf(b).runner.serve({ ...ask, end: end(b) }, never)).rejects.toMatchObject({
      message: 'lite speaks with another host now',
    })
  })

  const forwardOf = () => {
    const body = benches.get(a)?.engine.book.get('attached', 'lite')?.body as AttachedBody
    return { name: 'lite', keySha256: body.keySha256 }
  }

  test('a home that restarts waits for them before it calls them offline', async () => {
    await port(b).register(proof, {})
    await pass(10_000)
    sides = new Map([...sides, [b, make(b)]])
    await pass(14_000)
    expect(port(b).get(7).state).toBe('online')
    await pass(2_000)
    expect(port(b).get(7).state).toBe('offline')
  })

  test('serve: from the claim to the end, by way of any host', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const serving = sideOf(b).runner.serve({ ...ask, end: end(b) }, never)
    const task = await port(a).claim(proof)
    expect(task).toMatchObject({ id: TASK.server, role: 'server', port: 30_000, limitS: 20 })
    expect(await port(b).claim(proof)).toEqual(task)
    expect(await port(a).started(proof, TASK.server)).toMatchObject({ id: TASK.server, state: 'running' })
    const server = await serving
    expect(server.addresses).toEqual([{ address: '192.0.2.7' }])
    expect(await port(a).claim(proof)).toBeNull()
    expect(await port(a).result(proof, TASK.server, { state: 'succeeded' })).toMatchObject({ state: 'succeeded' })
    expect(await server.ended).toBeUndefined()
    await server.stop()
    await expect(port(a).result(proof, TASK.server, { state: 'succeeded' })).rejects.toMatchObject({
      code: 'TEST_STATE',
    })
    await expect(port(a).started(proof, taskId(51, 'server'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(port(a).started(proof, 999)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('measure: what their iperf3 printed is read as ours is', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const output: unknown = JSON.parse(await readFile(REPORT, 'utf8'))
    const run = async (outcome: Parameters<ReturnType<typeof port>['result']>[2]) => {
      const measured = sideOf(b).runner.measure({ ...ask, end: end(b), address: '192.0.2.9' }, never)
      const came = measured.catch((error: unknown) => error)
      expect(await port(b).claim(proof)).toMatchObject({ id: TASK.client, address: '192.0.2.9' })
      await port(b).started(proof, TASK.client)
      await port(b).result(proof, TASK.client, outcome)
      return came
    }
    expect(await run({ state: 'succeeded', output })).toMatchObject({
      raw: output,
      isPartial: false,
      sample: { receivedBps: expect.any(Number), intervals: expect.any(Array) },
    })
    const failed = { code: 'TOOL_FAILED', message: 'lite: no route to host' }
    expect(await run({ state: 'failed', error: 'no route to host' })).toMatchObject(failed)
    // Success means no error in what it printed.
    expect(await run({ state: 'succeeded', output: { error: 'the server is busy' } })).toMatchObject({
      message: 'iperf3: the server is busy',
    })
    expect(await run({ state: 'succeeded', output: 'text' })).toMatchObject({ code: 'TOOL_FAILED' })
    expect(await run({ state: 'succeeded' })).toMatchObject({ message: 'lite told no output of its iperf3' })
  })

  test('what is canceled is over at once', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const controller = new AbortController()
    const serving = sideOf(b).runner.serve({ ...ask, end: end(b) }, controller.signal)
    await port(b).claim(proof)
    controller.abort()
    await expect(serving).rejects.toMatchObject({ code: 'TEST_STATE' })
    await expect(port(b).started(proof, TASK.server)).rejects.toMatchObject({ code: 'TEST_STATE' })
    await expect(sideOf(b).runner.measure({ ...ask, end: end(b), address: '::1' }, controller.signal)).rejects.toThrow()
    expect(await port(b).claim(proof)).toBeNull()
  })

  test('what is canceled and removed is over as well: 404 would make the machine give up', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const controller = new AbortController()
    const measured = sideOf(b).runner.measure({ ...ask, end: end(b), address: '192.0.2.9' }, controller.signal)
    await port(b).claim(proof)
    await port(b).started(proof, TASK.client)
    gone.add(50)
    const report = () => port(a).result(proof, TASK.client, { state: 'succeeded', output: {} })
    await expect(report(), 'removed').rejects.toMatchObject({ code: 'TEST_STATE' })
    controller.abort()
    await expect(measured).rejects.toMatchObject({ code: 'TEST_STATE' })
    await expect(report(), 'and ended').rejects.toMatchObject({ code: 'TEST_STATE' })
    await expect(port(b).started(proof, TASK.server)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('what a machine began is over once it was removed', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const measured = sideOf(b).runner.measure({ ...ask, end: end(b), address: '192.0.2.9' }, never)
    const came = measured.catch((error: unknown) => error)
    await port(b).claim(proof)
    await port(b).started(proof, TASK.client)
    await port(a).remove(7)
    await pass(1_000)
    expect(await came).toMatchObject({ code: 'UNREACHABLE', message: 'there is no attached machine named lite' })
  })

  test('a server that is done may say so; it is not waited for long', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const serving = sideOf(b).runner.serve({ ...ask, end: end(b) }, never)
    await port(b).claim(proof)
    await port(b).started(proof, TASK.server)
    const server = await serving
    let isGone = false
    void server.stop().then(() => {
      isGone = true
    })
    await pass(2_900)
    expect(isGone).toBe(false)
    await until('gone', () => isGone, 200)
    expect(await server.ended).toBeUndefined()
  })

  test('nothing is begun with one that is offline, has no address, or is to ping', async () => {
    const serve = (params = DEFAULT_PARAMS) => sideOf(b).runner.serve({ ...ask, params, end: end(b) }, never)
    await expect(serve()).rejects.toMatchObject({ code: 'UNREACHABLE' })
    await port(b).register(proof, {})
    await expect(serve()).rejects.toMatchObject({ message: expect.stringContaining('no address') })
    const ping = { ...DEFAULT_PARAMS, tool: 'ping' } as const
    await expect(
      sideOf(b).runner.measure({ ...ask, params: ping, end: end(b), address: '192.0.2.9' }, never),
    ).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await port(b).register(proof, { address: '192.0.2.7' })
    expect((await serve(ping)).addresses).toEqual([{ address: '192.0.2.7' }])
    await pass(16_000)
    await expect(serve()).rejects.toMatchObject({ message: 'lite is offline: it was not heard for 15 s' })
  })

  test('one that measures for long is not called offline meanwhile', async () => {
    await port(b).register(proof, { address: '192.0.2.7' })
    const measured = sideOf(b).runner.measure({ ...ask, end: end(b), address: '192.0.2.9' }, never)
    const came = measured.catch((error: unknown) => error)
    await port(b).claim(proof)
    await port(b).started(proof, TASK.client)
    await pass(19_000)
    expect(port(a).get(7).state).toBe('online')
    await pass(3_000)
    expect(await came).toMatchObject({ code: 'TIMEOUT' })
    expect(port(a).get(7).state).toBe('offline')
  })
})

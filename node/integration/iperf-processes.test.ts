import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_PARAMS, type Interval, type TestParams } from '#core/model/iperf.ts'
import { createIperf, markOf, TEST_MARK } from '#drivers/iperf/index.ts'
import { createJobs, type Job } from '#platform/job.ts'
import { killMarked, listMarked } from '#platform/marked.ts'
import { createExec } from '#platform/run.ts'
import { describeReal } from '#testing/testbed.ts'

const TOOLS = ['iperf3', 'ping', 'ip', 'nsenter', 'setpriv', 'timeout', 'unshare']
const startJob = createJobs()
const exec = createExec()
const iperf = createIperf({ exec, startJob })
/** As if it were the id of a host. */
const SELF = `host-${process.pid}`
const NEVER = new AbortController().signal
const LISTENS = /^Server listening/

const marks = async (owner: string): Promise<readonly string[]> =>
  [...new Set((await listMarked(TEST_MARK, owner)).map(({ mark }) => mark))].sort()

/** Two network namespaces with a cable between them: `a` 10.99.0.1, `b` 10.99.0.2. */
const cable = async (): Promise<{ a: number; b: number; keepers: readonly Job[] }> => {
  const keepers = ['a', 'b'].map(() =>
    startJob({
      ...{ file: 'unshare', args: ['--net', 'sh', '-c', 'echo $$; exec sleep 600'], mark: {} },
      limitMs: 600_000,
    }),
  )
  await Promise.all(keepers.map((keeper) => keeper.said(/^\d+$/, 10_000)))
  const inside = async (keeper: Job | undefined): Promise<number> => {
    const children = (pid: number) => readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return Number((await children(keeper?.pid ?? 0)).trim())
  }
  const [a, b] = [await inside(keepers[0]), await inside(keepers[1])]
  const ip = (pid: number, line: string) =>
    exec.run({ file: 'nsenter', args: ['-t', String(pid), '-n', '--', 'ip', ...line.split(' ')] })
  await ip(a, `link add eth1 type veth peer name eth1 netns ${b}`)
  for (const [pid, address] of [
    [a, '10.99.0.1/24'],
    [b, '10.99.0.2/24'],
  ] as const) {
    await ip(pid, `addr add ${address} dev eth1`)
    await ip(pid, 'addr add 192.0.2.7/32 dev lo scope host')
    for (const name of ['lo', 'eth1']) await ip(pid, `link set ${name} up`)
  }
  return { a, b, keepers }
}

describeReal('real iperf3 between two network namespaces', TOOLS, () => {
  let ends: Awaited<ReturnType<typeof cable>>
  let last = 5200
  beforeAll(async () => {
    ends = await cable()
  })
  afterAll(async () => {
    for (const keeper of ends.keepers) keeper.kill()
    await Promise.all(ends.keepers.map(({ ended }) => ended))
    expect(await marks(SELF)).toEqual([])
  })

  const serve = async (
    limitMs = 30_000,
    { params = DEFAULT_PARAMS, heard = (_: Interval) => {} } = {},
  ): Promise<{ port: number; server: Job; test: number }> => {
    last += 1
    const run = { port: last, pid: ends.b, mark: markOf(SELF, last, 'server'), limitMs, params, heard }
    return { port: last, server: await iperf.serve(run), test: last }
  }
  const measure = (port: number, params: Partial<TestParams> = {}, signal = NEVER) =>
    iperf.measure(
      {
        ...{ address: '10.99.0.2', port, pid: ends.a, mark: markOf(SELF, port, 'client'), limitMs: 30_000 },
        params: { ...DEFAULT_PARAMS, timeS: 2, ...params },
      },
      signal,
    )

  test('where an end is reached, and by which interface', async () => {
    expect(await iperf.probe()).toMatchObject({ type: 'found' })
    expect(await iperf.addresses({ pid: ends.b })).toContainEqual({ interface: 'eth1', address: '10.99.0.2' })
    expect((await iperf.addresses({ pid: ends.b })).map(({ address }) => address)).not.toContain('192.0.2.7')
    expect(await iperf.routeTo({ pid: ends.a, address: '10.99.0.2' })).toBe('eth1')
    expect(await iperf.routeTo({ pid: ends.a, address: '203.0.113.1' })).toBeUndefined()
  })

  test('TCP, with round trips before and beside it; the server serves one and ends', async () => {
    const { port, server } = await serve()
    const { sample, isPartial, idle, loaded } = await measure(port)
    expect(sample.receivedBps).toBeGreaterThan(1e6)
    expect(sample.intervals.length).toBeGreaterThanOrEqual(2)
    expect(sample.rtt?.meanMs).toBeGreaterThan(0)
    expect(isPartial).toBe(false)
    expect(idle?.meanMs).toBeGreaterThan(0)
    expect(loaded?.lossRatio).toBeLessThan(1)
    expect(await server.ended).toMatchObject({ type: 'exited', code: 0 })
    await expect(measure(port)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('refused'),
    })
  })

  test('UDP at a rate, the other way, and both ways', async () => {
    const udp = await serve()
    const flow = (await measure(udp.port, { protocol: 'udp', bitrateBps: 8e6 })).sample
    expect(flow.receivedBps / 8e6).toBeCloseTo(1, 0)
    expect(flow.lossRatio).toBeLessThan(0.5)
    expect(flow.jitterMs).toBeGreaterThanOrEqual(0)
    const reverse = await serve()
    expect((await measure(reverse.port, { isReverse: true })).sample.receivedBps).toBeGreaterThan(1e6)
    const both = await serve()
    const there = (await measure(both.port, { isBidir: true, parallel: 2 })).sample
    expect(Math.min(there.receivedBps, there.back?.receivedBps ?? 0)).toBeGreaterThan(1e6)
    await Promise.all([udp, reverse, both].map(({ server }) => server.ended))
  })

  test.each([
    ['TCP', {}],
    ['streams at once', { parallel: 2 }],
    ['both ways', { isBidir: true, parallel: 2 }],
    ['the other way', { isReverse: true }],
    ['UDP', { protocol: 'udp' }],
  ] as const)('while it serves, the server tells what goes through: %s', async (_name, how) => {
    const heard: Interval[] = []
    const params = { ...DEFAULT_PARAMS, ...how, timeS: 3, bitrateBps: 20e6 }
    const { port, server } = await serve(30_000, { params, heard: (interval) => void heard.push(interval) })
    const measuring = measure(port, params)
    let isOver = false
    const over = server.ended.then(() => {
      isOver = true
    })
    await expect.poll(() => heard.length, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(2)
    expect(isOver).toBe(false)
    const { sample } = await measuring
    expect((heard.at(-1)?.bps ?? 0) / sample.receivedBps).toBeCloseTo(1, 0)
    await over
    expect(heard.length).toBeGreaterThanOrEqual(3)
  })

  test('by ping alone', async () => {
    expect(await measure(0, { tool: 'ping', timeS: 1 })).toMatchObject({ sample: { lossRatio: 0 }, isPartial: false })
  })

  test('stopped, it keeps what there was', async () => {
    const { port, server } = await serve()
    const stop = new AbortController()
    const measuring = measure(port, { timeS: 20, bitrateBps: 50e6 }, stop.signal)
    await server.said(/ 2\.00-3\.00 /, 20_000)
    stop.abort()
    const { sample, isPartial } = await measuring
    expect(isPartial).toBe(true)
    expect(sample.receivedBps).toBeGreaterThan(1e6)
    expect(sample.intervals.length).toBeGreaterThanOrEqual(2)
    expect((await server.ended).type).toBe('exited')
  })

  test('a port somebody listens on is told, and so is a server that is busy', async () => {
    const { port, server } = await serve()
    const again = iperf.serve({
      port,
      pid: ends.b,
      mark: markOf(SELF, 1, 'server'),
      limitMs: 5_000,
      params: DEFAULT_PARAMS,
    })
    await expect(again).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    const stop = new AbortController()
    const first = measure(port, { timeS: 20, bitrateBps: 50e6 }, stop.signal)
    await server.said(/ 0\.00-1\.00 /, 20_000)
    await expect(measure(port)).rejects.toMatchObject({ message: expect.stringContaining('busy') })
    stop.abort()
    await first
  })

  test('a server nobody comes to is ended by its own timer', async () => {
    const { server, test } = await serve(1_000)
    expect((await server.ended).type).toBe('limit')
    expect(await marks(SELF)).not.toContain(markOf(SELF, test, 'server'))
  })

  test('both ends die with the agent that started them', async () => {
    const owner = `${SELF}-agent`
    const program = `import { createJobs } from '${new URL('../platform/job.ts', import.meta.url).pathname}'
      import { createIperf } from '${new URL('../drivers/iperf/index.ts', import.meta.url).pathname}'
      import { createExec } from '${new URL('../platform/run.ts', import.meta.url).pathname}'
      const iperf = createIperf({ exec: createExec(), startJob: createJobs() })
      const run = { port: 5999, limitMs: 60000, params: ${JSON.stringify({ ...DEFAULT_PARAMS, timeS: 50 })} }
      await iperf.serve({ ...run, pid: ${ends.b}, mark: '${markOf(owner, 1, 'server')}' })
      await iperf.measure({ ...run, pid: ${ends.a}, mark: '${markOf(owner, 1, 'client')}', address: '10.99.0.2' }, new AbortController().signal)`
    const agent = startJob({
      ...{ file: process.execPath, args: ['--input-type=module', '-e', program], mark: {} },
      limitMs: 60_000,
    })
    await expect.poll(() => marks(owner), { timeout: 20_000 }).toHaveLength(2)
    agent.kill()
    await agent.ended
    await expect.poll(() => marks(owner), { timeout: 5_000 }).toEqual([])
  })

  test('the sweep ends what is left over of ours, and nothing of others', async () => {
    const { server, test: left } = await serve()
    const kept = await serve()
    const other = `${SELF}0`
    const theirs = startJob({
      ...{ file: 'iperf3', args: ['-s', '-1', '-p', '5998', '--forceflush'], limitMs: 60_000 },
      mark: { [TEST_MARK]: markOf(other, left, 'server') },
    })
    await theirs.said(LISTENS, 10_000)
    const keep = markOf(SELF, kept.test, 'server')
    await killMarked(TEST_MARK, SELF, (mark) => mark === keep)
    expect((await server.ended).type).toBe('killed')
    expect(await marks(SELF)).toEqual([keep])
    expect(await marks(other)).toEqual([markOf(other, left, 'server')])
    for (const job of [theirs, kept.server]) job.kill()
    await Promise.all([theirs.ended, kept.server.ended])
  })
})

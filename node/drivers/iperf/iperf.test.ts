import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DEFAULT_PARAMS, type Interval, type TestParams } from '#core/model/iperf.ts'
import type { Job, JobCommand, JobEnd } from '#platform/job.ts'
import { fakeExec } from '../fake-exec.ts'
import { createIperf, markOf } from './index.ts'

const text = (name: string): string => readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8')
const LISTENS = 'Server listening on 5301 (test #1)'

interface Told {
  readonly end?: Partial<JobEnd>
  /** What it ends with once asked to; it runs until then. */
  readonly whenAsked?: Partial<JobEnd>
  readonly says?: string
}

/** Jobs by the name of their tool; `log` has what was started. */
const world = (tools: Readonly<Record<string, Told>>, version = 'iperf 3.12') => {
  const log: JobCommand[] = []
  const startJob = (command: JobCommand): Job => {
    log.push(command)
    const words = [command.file, ...command.args]
    const told = tools[words.includes('-s') ? 'server' : words.includes('-c') ? 'client' : 'ping'] ?? {}
    let finish = (_: JobEnd): void => {}
    const end = (part: Partial<JobEnd>) => finish({ type: 'exited', code: 0, stdout: '', stderr: '', ...part })
    const ended = new Promise<JobEnd>((resolve) => {
      finish = resolve
    })
    if (told.whenAsked === undefined) end(told.end ?? {})
    return {
      pid: 1,
      ended,
      hear: (listener) => (told.says ?? '').split('\n').forEach(listener),
      said: async (pattern) => pattern.test(told.says ?? ''),
      interrupt: () => end(told.whenAsked ?? {}),
      kill: () => end({ type: 'killed', code: null }),
    }
  }
  let isThere = true
  const tool = (): { stdout: string } => ({ stdout: version })
  const exec = {
    run: async (command: Parameters<ReturnType<typeof fakeExec>['run']>[0]) =>
      fakeExec(isThere ? { iperf3: tool } : {}).run(command),
  }
  return {
    log,
    iperf: createIperf({ exec, startJob }),
    setThere: (is: boolean) => {
      isThere = is
    },
  }
}

const run = (params: Partial<TestParams> = {}) => ({
  ...{ address: '10.0.0.2', port: 5301, mark: markOf('a', 7, 'client'), limitMs: 20_000 },
  params: { ...DEFAULT_PARAMS, ...params },
})
const never = new AbortController().signal
const pinged = { end: { stdout: text('ping.txt') }, whenAsked: { stdout: text('ping.txt') } }

describe('iperf3 of this host', () => {
  test('is asked for its version again as long as it is not there', async () => {
    const { iperf, setThere } = world({})
    setThere(false)
    expect(await iperf.probe()).toEqual({
      type: 'problem',
      message: expect.stringContaining('iperf3 is not installed'),
    })
    setThere(true)
    expect(await iperf.probe()).toEqual({ type: 'found', version: '3.12' })
    setThere(false)
    expect(await iperf.probe()).toEqual({ type: 'found', version: '3.12' })
    expect(await world({}, 'what?').iperf.probe()).toEqual({
      type: 'problem',
      message: expect.stringContaining('what?'),
    })
  })

  test('a server is handed out once it listens, with its mark, in the namespace asked for', async () => {
    const { iperf, log } = world({ server: { says: LISTENS } })
    await iperf.serve({ port: 5301, pid: 77, mark: 'a/7/server', limitMs: 9_000, params: DEFAULT_PARAMS })
    expect(log).toMatchObject([{ file: 'nsenter', limitMs: 9_000, mark: { SKEIN_TEST: 'a/7/server' } }])
  })

  test('a server tells what goes through', async () => {
    const { iperf } = world({ server: { says: `${LISTENS}\n${text('server-tcp.txt')}` } })
    const heard: Interval[] = []
    const run = { port: 5301, mark: 'm', limitMs: 9_000, params: DEFAULT_PARAMS }
    await iperf.serve({ ...run, heard: (interval) => void heard.push(interval) })
    expect(heard).toEqual([
      { atS: 0, bps: 5.24e6 },
      { atS: 1, bps: 5.24e6 },
    ])
  })

  test.each([
    [
      'PORT_TAKEN',
      { code: 1, stderr: 'iperf3: error - unable to start listener for connections: Address already in use' },
      /5301/,
    ],
    [
      'TOOL_MISSING',
      { type: 'missing', code: 127, stderr: 'setpriv: failed to execute iperf3: No such file' },
      /iperf3 is not/,
    ],
    ['TOOL_FAILED', { code: 1, stderr: 'nsenter: cannot open /proc/9/ns/net' }, /cannot open .*exit code 1/],
    ['TIMEOUT', { type: 'killed', code: null }, /did not listen on port 5301/],
  ] as const)('a server that does not listen is %s', async (code, end, message) => {
    const serving = world({ server: { end } }).iperf.serve({
      port: 5301,
      mark: 'm',
      limitMs: 9_000,
      params: DEFAULT_PARAMS,
    })
    await expect(serving).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('measuring', () => {
  test('round trips before and beside it, then what iperf3 told', async () => {
    const { iperf, log } = world({
      client: { end: { stdout: text('tcp.json') } },
      ping: { end: { stdout: text('ping.txt') } },
    })
    const measured = await iperf.measure(run(), never)
    expect(measured).toMatchObject({
      isPartial: false,
      idle: { meanMs: 0.035 },
      loaded: { meanMs: 0.035, lossRatio: 0 },
    })
    expect(measured.sample.receivedBps).toBe(8967075679.20885)
    expect(measured.raw).toEqual(JSON.parse(text('tcp.json')))
    expect(log.map(({ file }) => file)).toEqual(['ping', 'ping', 'iperf3'])
    expect(log.every(({ mark }) => mark.SKEIN_TEST === 'a/7/client')).toBe(true)
  })

  test('goes without round trips where there is no ping, or no answer to it', async () => {
    for (const end of [
      { type: 'missing', code: 127 },
      { code: 1, stdout: text('ping-none.txt') },
    ] as const) {
      const measured = await world({ client: { end: { stdout: text('tcp.json') } }, ping: { end } }).iperf.measure(
        run(),
        never,
      )
      expect(measured).not.toHaveProperty('idle')
      expect(measured).not.toHaveProperty('loaded')
    }
  })

  test('stopped, it keeps what there was', async () => {
    const { iperf, log } = world({
      client: { whenAsked: { code: 1, stdout: text('term.json') } },
      ping: { end: pinged.end },
    })
    const stop = new AbortController()
    const measuring = iperf.measure(run(), stop.signal)
    await expect.poll(() => log.length).toBe(3)
    stop.abort()
    expect(await measuring).toMatchObject({ isPartial: true, sample: { receivedBps: 2423747687.458215 } })
  })

  test('stopped before there was a number, it is TEST_STATE', async () => {
    const early = world({ ping: pinged })
    await expect(early.iperf.measure(run(), AbortSignal.abort())).rejects.toMatchObject({ code: 'TEST_STATE' })
    expect(early.log).toEqual([])
    const { iperf, log } = world({ client: { whenAsked: { type: 'killed', code: null } }, ping: { end: pinged.end } })
    const stop = new AbortController()
    const measuring = iperf.measure(run(), stop.signal)
    await expect.poll(() => log.length).toBe(3)
    stop.abort()
    await expect(measuring).rejects.toMatchObject({ code: 'TEST_STATE' })
  })

  test.each([
    ['TOOL_FAILED', { stdout: text('busy.json') }, /server is busy/],
    ['TOOL_FAILED', { code: 1, stdout: text('term.json') }, /somebody ended it/],
    ['TOOL_FAILED', { type: 'killed', code: null }, /somebody killed it/],
    [
      'TOOL_FAILED',
      { code: 1, stdout: 'Usage: iperf3', stderr: 'iperf3: parameter error - no' },
      /parameter error - no/,
    ],
    ['TIMEOUT', { type: 'limit', code: 124, stdout: text('term.json') }, /no end after 19 s/],
    ['TOOL_MISSING', { type: 'missing', code: 127 }, /iperf3 is not installed/],
  ] as const)('%s for what went wrong', async (code, end, message) => {
    const measuring = world({ client: { end } }).iperf.measure(run(), never)
    await expect(measuring).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('what this iperf3 cannot do is told before anything starts', async () => {
    const { iperf, log } = world({}, 'iperf 3.6')
    await expect(iperf.measure(run({ isBidir: true }), never)).rejects.toMatchObject({
      message: expect.stringContaining('3.6'),
    })
    expect(log).toEqual([])
  })

  test('by ping alone there are round trips and what was lost, and no iperf3', async () => {
    const { iperf, log } = world({ ping: { end: { stdout: text('ping.txt') } } })
    expect(await iperf.measure(run({ tool: 'ping' }), never)).toMatchObject({
      idle: { meanMs: 0.035 },
      sample: { lossRatio: 0 },
    })
    expect(log.map(({ file }) => file)).toEqual(['ping'])
    const silent = world({ ping: { end: { code: 1, stdout: text('ping-none.txt') } } })
    await expect(silent.iperf.measure(run({ tool: 'ping' }), never)).rejects.toMatchObject({
      message: 'ping: 10.0.0.2 does not answer',
    })
  })
})

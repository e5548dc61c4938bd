import type { IperfDoors } from '#agent/iperf/deps.ts'
import { MeshError } from '#core/model/errors.ts'
import type { MeasuredRun, MeasureRun } from '#drivers/iperf/iperf.ts'
import type { Job, JobEnd } from '#platform/job.ts'
import { virtualClock } from './virtual-time.ts'

/** One process that ran, or runs. */
interface ToyRun {
  readonly host: string
  readonly role: 'client' | 'server'
  readonly test: number
  readonly port: number
  /** Whose network it is in, where that is not the host's. */
  readonly pid: number | undefined
  /** Of the server, for a client. */
  readonly address: string | undefined
  readonly fromMs: number
  untilMs: number | undefined
}

/** Servers of all hosts of a test, by test: a client finds its own. */
export type ToyServers = Map<number, { readonly port: number; end(): void }>

/** iperf3 in memory: a client gets `bps`, as it takes its time, from the server that listens for it. */
export interface ToyIperf extends IperfDoors {
  readonly runs: ToyRun[]
  /** What is measured next. */
  bps: number
  /** Why no server begins here; undefined where one does. */
  fault: string | undefined
}

type Begun = Pick<MeasureRun, 'mark' | 'port' | 'pid'> & { readonly address?: string }

const testOf = (mark: string): number => Number(mark.split('/')[1])

/** That of the host called `host`. */
export function toyIperf(host: string, servers: ToyServers): ToyIperf {
  const begin = (role: ToyRun['role'], { mark, port, pid, address }: Begun): ToyRun => {
    const fromMs = virtualClock.monotonicMs()
    const run = { host, role, test: testOf(mark), port, pid, address, fromMs, untilMs: undefined }
    toy.runs.push(run)
    return run
  }
  const toy: ToyIperf = {
    runs: [],
    bps: 1_000_000_000,
    fault: undefined,
    killMarked: async () => 0,
    driver: {
      probe: async () => ({ type: 'found', version: '3.12' }),
      addresses: async () => [{ interface: 'eth1', address: '192.0.2.1' }],
      routeTo: async () => 'eth1',
      serve: async (ask) => {
        if (toy.fault !== undefined) throw new MeshError('TOOL_FAILED', toy.fault)
        const run = begin('server', ask)
        let atS = 0
        const each = setInterval(() => ask.heard?.({ atS: atS++, bps: toy.bps }), 1_000)
        return toyJob(ask.limitMs, {
          begun: (end) => servers.set(run.test, { port: ask.port, end }),
          gone: () => {
            clearInterval(each)
            run.untilMs = virtualClock.monotonicMs()
            servers.delete(run.test)
          },
        })
      },
      measure: async (ask, signal) => {
        const run = begin('client', ask)
        try {
          return await measured(ask, signal, { toy, servers })
        } finally {
          run.untilMs = virtualClock.monotonicMs()
        }
      },
    },
  }
  return toy
}

function toyJob(limitMs: number, on: { begun(end: () => void): void; gone(): void }): Job {
  const { promise, resolve } = Promise.withResolvers<JobEnd>()
  const timer = setTimeout(() => end('limit'), limitMs)
  const end = (type: JobEnd['type']): void => {
    clearTimeout(timer)
    on.gone()
    resolve({ type, code: type === 'exited' ? 0 : null, stdout: '', stderr: '' })
  }
  on.begun(() => end('exited'))
  return {
    pid: 1,
    ended: promise,
    hear: () => undefined,
    said: async () => true,
    interrupt: () => end('killed'),
    kill: () => end('killed'),
  }
}

async function measured(
  { mark, port, params }: MeasureRun,
  signal: AbortSignal,
  { toy, servers }: { readonly toy: ToyIperf; readonly servers: ToyServers },
): Promise<MeasuredRun> {
  const server = servers.get(testOf(mark))
  if (params.tool !== 'ping' && server?.port !== port)
    throw new MeshError('TOOL_FAILED', 'iperf3: unable to connect to server: Connection refused')
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, params.timeS * 1_000)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  server?.end()
  const flow = { receivedBps: toy.bps, sentBps: toy.bps }
  return {
    sample: { ...flow, isCpuBound: false, intervals: [{ atS: 0, bps: toy.bps }] },
    isPartial: signal.aborted,
    raw: { bps: toy.bps },
  }
}

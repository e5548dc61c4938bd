import { MeshError } from '#core/model/errors.ts'
import type { Job, StartJob } from '#platform/job.ts'
import { type Argv, clientArgs, inNamespace, pingArgs } from './commands.ts'
import { failureOf } from './failure.ts'
import { type Iperf, type MeasuredRun, type MeasureRun, TEST_MARK } from './iperf.ts'
import { parseIperf } from './parse.ts'
import { type PingSums, parsePing } from './ping-parse.ts'
import { type IperfVersion, missingFor } from './version.ts'

interface MeasureDeps {
  readonly startJob: StartJob
  version(): Promise<IperfVersion>
}

/** How long round trips are looked at before there is load, in seconds. */
const IDLE_S = 1
/** What a ping may take beyond its time, in ms. */
const PING_GRACE_MS = 2_000

/** Of {@link Iperf}. */
export const createMeasure =
  (deps: MeasureDeps): Iperf['measure'] =>
  async (run, signal) => {
    if (run.params.tool === 'ping') return measurePing(deps.startJob, run, signal)
    const version = await deps.version()
    const problem = missingFor(version, run.params)
    if (problem !== undefined) throw new MeshError('TOOL_FAILED', problem, { tool: 'iperf3' })
    const idle = await roundTrips(deps.startJob, run, signal)
    if (signal.aborted) throw stopped()
    const measured = await underLoad(deps.startJob, run, clientArgs({ ...run, version }), signal)
    return { ...measured, ...(idle?.rtt === undefined ? {} : { idle: idle.rtt }) }
  }

const stopped = (why = ''): MeshError => new MeshError('TEST_STATE', `it was stopped before it measured anything${why}`)

/** iperf3, and round trips for as long as it runs. */
const underLoad = async (start: StartJob, run: MeasureRun, client: Argv, signal: AbortSignal): Promise<MeasuredRun> => {
  // The first second of its time went to the round trips before.
  const limitMs = Math.max(1, run.limitMs - IDLE_S * 1000)
  const ping = startPing(start, run, Math.ceil(limitMs / 1000))
  const job = start({ ...inNamespace(run.pid, client), limitMs, mark: { [TEST_MARK]: run.mark } })
  const stop = onAbort(signal, job)
  const end = await job.ended
  stop()
  ping.interrupt()
  const pinged = parsePing((await ping.ended).stdout)
  if (end.type === 'limit' || end.type === 'missing') throw failureOf('iperf3', end, limitMs)
  if (!end.stdout.trimStart().startsWith('{')) {
    const failure = failureOf('iperf3', end, limitMs)
    throw signal.aborted ? stopped(` (${failure.message})`) : failure
  }
  const parsed = parseIperf(end.stdout)
  if (parsed.type === 'failed') throw signal.aborted ? stopped() : new MeshError('TOOL_FAILED', parsed.message)
  if (parsed.isPartial && !signal.aborted)
    throw new MeshError('TOOL_FAILED', 'iperf3: somebody ended it before its time')
  const loaded = pinged?.rtt === undefined ? {} : { loaded: { ...pinged.rtt, lossRatio: pinged.lossRatio } }
  return { sample: parsed.sample, isPartial: parsed.isPartial, raw: parsed.raw, ...loaded }
}

const measurePing = async (start: StartJob, run: MeasureRun, signal: AbortSignal): Promise<MeasuredRun> => {
  if (signal.aborted) throw stopped()
  const job = startPing(start, run, run.params.timeS)
  const stop = onAbort(signal, job)
  const end = await job.ended
  stop()
  if (end.type === 'limit' || end.type === 'missing') throw failureOf('ping', end, run.limitMs)
  const sums = parsePing(end.stdout)
  if (sums === undefined) throw signal.aborted ? stopped() : failureOf('ping', end, run.limitMs)
  if (sums.rtt === undefined) throw new MeshError('TOOL_FAILED', `ping: ${run.address} does not answer`, { ...sums })
  return {
    sample: { receivedBps: 0, sentBps: 0, lossRatio: sums.lossRatio, isCpuBound: false, intervals: [] },
    isPartial: signal.aborted,
    raw: end.stdout,
    idle: sums.rtt,
  }
}

/** Where there is no ping, or no answer, there are no round trips. */
const roundTrips = async (start: StartJob, run: MeasureRun, signal: AbortSignal): Promise<PingSums | undefined> => {
  if (signal.aborted) return undefined
  const job = startPing(start, run, IDLE_S)
  const stop = onAbort(signal, job)
  const end = await job.ended
  stop()
  return parsePing(end.stdout)
}

const startPing = (start: StartJob, run: MeasureRun, seconds: number): Job =>
  start({
    ...inNamespace(run.pid, pingArgs({ address: run.address, seconds })),
    limitMs: Math.min(seconds * 1000 + PING_GRACE_MS, run.limitMs + PING_GRACE_MS),
    mark: { [TEST_MARK]: run.mark },
    interruptBy: 'SIGINT',
  })

const onAbort = (signal: AbortSignal, job: Job): (() => void) => {
  const interrupt = (): void => job.interrupt()
  if (signal.aborted) interrupt()
  signal.addEventListener('abort', interrupt, { once: true })
  return () => signal.removeEventListener('abort', interrupt)
}

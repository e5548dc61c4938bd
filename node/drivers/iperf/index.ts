import { MeshError } from '#core/model/errors.ts'
import type { Exec } from '#platform/exec.ts'
import type { Job, JobEnd, StartJob } from '#platform/job.ts'
import { inNamespace, serverArgs } from './commands.ts'
import { failureOf, lastLine } from './failure.ts'
import { type InterfaceAddress, type Iperf, type Probed, type ServeRun, TEST_MARK } from './iperf.ts'
import { createIntervals } from './live.ts'
import { createMeasure } from './measure.ts'
import { parseAddresses, parseRoute } from './reach.ts'
import { type IperfVersion, parseVersion, showVersion } from './version.ts'

export type * from './iperf.ts'
export { markOf, TEST_MARK } from './iperf.ts'

/** What a server may take until it listens, in ms. */
const LISTEN_MS = 5_000
const LOOK_MS = 5_000
/** ip(8): there is no way. */
const NO_ROUTE = 2

export interface IperfDeps {
  readonly exec: Exec
  readonly startJob: StartJob
}

/** {@link Iperf} by the tools of this host. */
export const createIperf = ({ exec, startJob }: IperfDeps): Iperf => {
  let known: IperfVersion | undefined
  const version = async (): Promise<IperfVersion> => {
    known ??= await askVersion(exec)
    return known
  }
  const ip = async (pid: number | undefined, args: readonly string[]) =>
    exec.run({ ...inNamespace(pid, { file: 'ip', args: ['-j', ...args] }), okCodes: [0, NO_ROUTE], timeoutMs: LOOK_MS })
  return {
    probe: () => version().then(found, problem),
    serve: async (run) => listen(startJob, run, await version()),
    measure: createMeasure({ startJob, version }),
    addresses: async ({ pid }): Promise<readonly InterfaceAddress[]> =>
      parseAddresses((await ip(pid, ['addr', 'show', 'up', 'scope', 'global'])).stdout),
    routeTo: async ({ pid, address }) => parseRoute(await ip(pid, ['route', 'get', address])),
  }
}

const found = (version: IperfVersion): Probed => ({ type: 'found', version: showVersion(version) })
const problem = (error: unknown): Probed => ({
  type: 'problem',
  message: error instanceof Error ? error.message : String(error),
})

const askVersion = async (exec: Exec): Promise<IperfVersion> => {
  const said = await exec.run({ file: 'iperf3', args: ['--version'], timeoutMs: LOOK_MS })
  const version = parseVersion(said.stdout) ?? parseVersion(said.stderr)
  if (version !== undefined) return version
  throw new MeshError('TOOL_FAILED', `iperf3 --version printed something else: ${said.stdout.trim().slice(0, 120)}`)
}

const listen = async (startJob: StartJob, run: ServeRun, version: IperfVersion): Promise<Job> => {
  const job = startJob({
    ...inNamespace(run.pid, serverArgs({ ...run, version })),
    limitMs: run.limitMs,
    mark: { [TEST_MARK]: run.mark },
  })
  const intervalIn = createIntervals(run.params)
  job.hear((line) => {
    const interval = intervalIn(line)
    if (interval !== undefined) run.heard?.(interval)
  })
  if (await job.said(/^Server listening/, LISTEN_MS)) return job
  job.kill()
  throw notListening(await job.ended, run)
}

const notListening = (end: JobEnd, { port, limitMs }: ServeRun): MeshError => {
  if (/Address already in use/.test(`${end.stderr}\n${end.stdout}`))
    return new MeshError('PORT_TAKEN', `port ${port} is in use already: no iperf3 can listen there`, { port })
  if (end.type === 'killed')
    return new MeshError(
      'TIMEOUT',
      `iperf3 did not listen on port ${port} within ${LISTEN_MS / 1000} s: ${lastLine(end)}`,
      {
        port,
      },
    )
  return failureOf('iperf3', end, limitMs)
}

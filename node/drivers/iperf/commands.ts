import type { TestParams } from '#core/model/iperf.ts'
import { has, type IperfVersion } from './version.ts'

/** What a tool is started with. */
export interface Argv {
  readonly file: string
  readonly args: readonly string[]
}

/** What does not answer within this long is not there, in ms. */
const CONNECT_MS = 5_000
/** Who gets nothing for this long knows that nothing comes any more, in ms. */
const SILENCE_MS = 10_000
/** Intervals a result keeps; more of them would only be merged. */
const MOST_INTERVALS = 120
/** The longest interval iperf3 takes, in seconds (`MAX_INTERVAL`). */
const LONGEST_INTERVAL_S = 60
/** What iperf3 prints in JSON of one stream in one interval, and what all of that may be; bytes. */
const STREAM_BYTES = 450
const PRINTED_BYTES = 2_000_000
/** Seconds between two pings: the least that everybody may ask for (ping(8)). */
const PING_EVERY_S = 0.2

interface ServerRun {
  readonly port: number
  readonly params: TestParams
  readonly version: IperfVersion
}

/** A server for one client, that tells as often as the client does. */
export const serverArgs = ({ port, params, version }: ServerRun): Argv => ({
  file: 'iperf3',
  args: ['-s', '-1', '-p', String(port), '-i', String(intervalS(params)), '--forceflush', ...silence(version)],
})

interface ClientRun extends ServerRun {
  readonly address: string
}

/** A client that prints JSON. */
export const clientArgs = ({ address, port, params, version }: ClientRun): Argv => ({
  file: 'iperf3',
  args: [
    ...['-c', address, '-p', String(port), '-J'],
    ...['-t', String(params.timeS), '-i', String(intervalS(params)), '--connect-timeout', String(CONNECT_MS)],
    ...(params.parallel > 1 ? ['-P', String(params.parallel)] : []),
    ...(params.isReverse ? ['-R'] : []),
    ...(params.isBidir ? ['--bidir'] : []),
    ...(params.protocol === 'udp' ? ['-u'] : []),
    ...(params.bitrateBps === undefined ? [] : ['-b', String(Math.round(params.bitrateBps))]),
    ...(params.isReverse || params.isBidir ? silence(version) : []),
  ],
})

/** Only who receives may ask for it. */
const silence = (version: IperfVersion): readonly string[] =>
  has(version, 'receiveTimeout') ? ['--rcv-timeout', String(SILENCE_MS)] : []

/** A second, or longer where there would be too much to print; 0, none at all, where even that does not help. */
const intervalS = ({ timeS, parallel, isBidir }: TestParams): number => {
  const streams = parallel * (isBidir ? 2 : 1)
  const leastS = Math.max(1, timeS / MOST_INTERVALS, (timeS * streams * STREAM_BYTES) / PRINTED_BYTES)
  return leastS > LONGEST_INTERVAL_S ? 0 : Math.ceil(leastS)
}

/** Pings for `seconds`; on SIGINT it ends early. Both ways it prints its sums. */
export const pingArgs = (run: { readonly address: string; readonly seconds: number }): Argv => ({
  file: 'ping',
  args: ['-n', '-q', '-i', String(PING_EVERY_S), '-w', String(run.seconds), run.address],
})

/** The same in the network namespace of a process; where there is none, as it is. */
export const inNamespace = (pid: number | undefined, argv: Argv): Argv =>
  pid === undefined ? argv : { file: 'nsenter', args: ['-t', String(pid), '-n', '--', argv.file, ...argv.args] }

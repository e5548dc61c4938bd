import type { SampleResult } from '#core/iperf/combine.ts'
import type { Interval, Rtt, TestParams } from '#core/model/iperf.ts'
import type { Job } from '#platform/job.ts'

/** In the environment of every process of a test: `<host id>/<test>/<role>`, see {@link markOf}. */
export const TEST_MARK = 'SKEIN_TEST'

/** One run of one end of a test. */
interface Run {
  readonly port: number
  /** Of a process in the network namespace of a lab node; that of the host where absent. */
  readonly pid?: number
  /** Value of {@link TEST_MARK}. */
  readonly mark: string
  readonly limitMs: number
  readonly params: TestParams
}

/** One iperf3 server for one client. */
export interface ServeRun extends Run {
  /** Told while it serves, at the end of each interval, of what it receives (of what it sends where it alone does). */
  heard?(interval: Interval): void
}

/** One measurement. With `tool: 'ping'` in `params` the port is of no use. */
export interface MeasureRun extends Run {
  /** Of the server. */
  readonly address: string
}

/** What one sample came to; with `tool: 'ping'` the rates are 0, `idle` has the round trips and `sample.lossRatio` what was lost. */
export interface MeasuredRun {
  readonly sample: SampleResult
  /** It was stopped: numbers of what there was. */
  readonly isPartial: boolean
  /** As iperf3 printed it, parsed; of ping its text. */
  readonly raw: unknown
  readonly idle?: Rtt
  readonly loaded?: Rtt & { readonly lossRatio: number }
}

/** Where a host, or a lab node, is reached. */
export interface InterfaceAddress {
  readonly interface: string
  readonly address: string
}

/** What this host has for tests. */
export type Probed =
  | { readonly type: 'found'; readonly version: string }
  | { readonly type: 'problem'; readonly message: string }

/** iperf3, ping and what they need, on this host. All rejections are `MeshError`: TOOL_MISSING, TOOL_FAILED, PORT_TAKEN, TIMEOUT, TEST_STATE (stopped before there was a number). */
export interface Iperf {
  /** Asked once, then known; asked again as long as there is a problem. Never rejects. */
  probe(): Promise<Probed>
  /** Resolves once it listens; it serves one client and ends by itself. */
  serve(run: ServeRun): Promise<Job>
  /** Round trips for a second, then iperf3 with round trips beside it. `signal` ends it early: what there is by then is the outcome. */
  measure(run: MeasureRun, signal: AbortSignal): Promise<MeasuredRun>
  /** Global addresses of interfaces that are up, IPv4 first. */
  addresses(where: { readonly pid?: number }): Promise<readonly InterfaceAddress[]>
  /** The interface a packet to `address` leaves by; undefined where there is no way. */
  routeTo(to: { readonly pid?: number; readonly address: string }): Promise<string | undefined>
}

/** Value of {@link TEST_MARK}; `owner` is the id of this host, `role` client or server. */
export const markOf = (owner: string, test: number, role: string): string => `${owner}/${test}/${role}`

import type { SampleResult } from '#core/iperf/combine.ts'
import type { Interval, PlacedEnd, Rtt, TestParams } from '#core/model/iperf.ts'

/** One run of one end of a test. */
interface RunAsk {
  readonly exercise: number
  readonly test: number
  readonly end: PlacedEnd
  readonly params: TestParams
  readonly port: number
  /** After it the run is ended, whatever it does. */
  readonly limitMs: number
}

export interface ServeAsk extends RunAsk {
  /** What goes through, told while it serves; never called where that is not known. */
  heard(interval: Interval): void
}

export interface MeasureAsk extends RunAsk {
  /** Of the server. */
  readonly address: string
}

/** An address of an end; `interface` where it is known. */
export interface EndAddress {
  readonly interface?: string
  readonly address: string
}

/** A server that listens. It serves one client and ends by itself. */
export interface Serving {
  readonly addresses: readonly EndAddress[]
  /** Undefined where it ended well, else why not. Never rejects. */
  readonly ended: Promise<string | undefined>
  /** Resolves once it is gone. */
  stop(): Promise<void>
}

/** What one sample came to. */
export interface Measured {
  readonly sample: SampleResult
  /** It was stopped: numbers of what there was. */
  readonly isPartial: boolean
  /** As iperf3 printed it, parsed. */
  readonly raw: unknown
  readonly idle?: Rtt
  readonly loaded?: Rtt & { readonly lossRatio: number }
}

/** Carries out one end of tests: by processes of this host, or by a machine that is attached to it. Rejections are `MeshError`. */
export interface Runner {
  /** Resolves once it listens. */
  serve(ask: ServeAsk, signal: AbortSignal): Promise<Serving>
  /** `signal` ends it early: what was measured so far is the outcome, where there is any. */
  measure(ask: MeasureAsk, signal: AbortSignal): Promise<Measured>
}

import type { Impairment } from '#core/model/impairment.ts'

/** What is to become of a link: values that are null are taken away, those that are absent stay as they are. */
export interface ImpairLink {
  readonly delayMs?: number | null
  readonly jitterMs?: number | null
  readonly lossPercent?: number | null
  readonly corruptPercent?: number | null
  readonly rateBps?: number | null
  readonly flap?: { readonly downMs: number; readonly upMs: number } | null
  readonly down?: true
  /** Neither down nor flapping any more. */
  readonly up?: true
  /** Without everything that was, but for what is said besides. */
  readonly clear?: true
  /** Only with what this end sends; down and up are of the whole cable all the same. */
  readonly oneEnd?: true
}

export interface ImpairedLink {
  readonly lab: string
  /** In which it is so. */
  readonly generation: number
  /** Its id. */
  readonly link: string
  /** By end, `node:interface`: what is done with what it sends. */
  readonly impairments: Readonly<Record<string, Impairment>>
}

/** One end of a link in a lab, whose frames are to be seen. */
export interface CaptureAsk {
  readonly lab: string
  readonly node: string
  readonly interface: string
  /** As of pcap-filter(7). */
  readonly filter?: string
  /** Ends after so many packets. */
  readonly count?: number
  /** Ends after this time; an hour unless told, a day at most. */
  readonly durationMs?: number
  /** Bytes kept of each packet; all unless told. */
  readonly snapBytes?: number
}

/** What a node has printed. */
export interface LogsAsk {
  readonly lab: string
  readonly node: string
  /** Go on with what it prints from now on. */
  readonly follow?: boolean
  /** The last so many lines; all unless told. */
  readonly tail?: number
  /** No older than this. */
  readonly sinceMs?: number
}

/** Bytes as they come from whichever host has them; ends with the signal it was asked for with. */
export interface ByteStream {
  readonly host: string
  readonly bytes: AsyncIterable<Uint8Array>
}

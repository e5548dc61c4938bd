import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { findLink, isEnd } from '#core/impairment/change.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { CaptureWish } from '#drivers/capture.ts'
import type { LogsWish } from '#drivers/log-lines.ts'
import type { Console } from '#drivers/terminal.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { CaptureAsk, LogsAsk } from '../port.ts'

/** What is read of lab nodes for as long as somebody reads it. */
export interface StreamDoors extends Console {
  /** Throws BAD_INPUT where tcpdump does not take the filter. */
  checkCapture(wish: CaptureWish): Promise<void>
  capture(wish: CaptureWish, signal: AbortSignal): AsyncIterable<Uint8Array>
  logs(containerId: string, wish: LogsWish, signal: AbortSignal): AsyncIterable<Uint8Array>
}

export interface HostStreamsOptions extends Omit<StreamDoors, 'openTerminal'> {
  readonly engine: Engine
  readonly clock: Clock
  workload(id: string): Workload | undefined
}

const whole = (min: number, max: number) => z.int().min(min).max(max).optional()
const node = { lab: z.string(), node: z.string() }
const DAY_MS = 86_400_000
const DEFAULT_CAPTURE_MS = 3_600_000

/** As it comes from other hosts, and from this one's API. */
export const Capture: z.ZodType<CaptureAsk> = z.object({
  ...node,
  // An option of tcpdump it cannot become: it stands behind `-i`.
  interface: z.string().regex(/^[\w./:-]{1,64}$/),
  filter: z
    .string()
    .regex(/^[\x20-\x7e]{1,1000}$/)
    .exactOptional(),
  count: whole(1, 1_000_000_000),
  durationMs: whole(100, DAY_MS),
  snapBytes: whole(16, 262_144),
}) as z.ZodType<CaptureAsk>
export const Logs: z.ZodType<LogsAsk> = z.object({
  ...node,
  follow: z.boolean().optional(),
  tail: whole(0, 1_000_000),
  sinceMs: whole(1, 365 * DAY_MS),
}) as z.ZodType<LogsAsk>

/** At once on one host: each costs a process that reads every frame, or a connection to the engine. */
const MAX_CAPTURES = 8
const MAX_LOGS = 64

/** What this host gives of the lab nodes on it: frames of their interfaces, and what they print. */
export class HostStreams {
  readonly #options: HostStreamsOptions
  readonly #running = { capture: 0, logs: 0 }

  constructor(options: HostStreamsOptions) {
    this.#options = options
  }

  /** A pcap file. NOT_FOUND, BAD_INPUT, BUSY, TOOL_MISSING. */
  async *capture(ask: CaptureAsk, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { pid } = this.#awake(ask)
    if (pid === undefined) throw new MeshError('NOT_FOUND', `node ${ask.node} of lab ${ask.lab} has no process now`)
    const { filter, count, snapBytes, durationMs = DEFAULT_CAPTURE_MS } = ask
    const wish: CaptureWish = {
      pid,
      interface: this.#linuxName(ask),
      ...(filter === undefined || filter.trim() === '' ? {} : { filter }),
      ...(count === undefined ? {} : { count }),
      ...(snapBytes === undefined ? {} : { snapBytes }),
    }
    yield* this.#counted('capture', MAX_CAPTURES, () =>
      this.#captured(wish, AbortSignal.any([signal, AbortSignal.timeout(durationMs)])),
    )
  }

  /** Lines of JSON. NOT_FOUND, BAD_INPUT, BUSY. */
  async *logs({ lab, node, follow, tail, sinceMs }: LogsAsk, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { logs, clock } = this.#options
    const { containerId } = this.#here({ lab, node })
    if (containerId === undefined) throw new MeshError('NOT_FOUND', `node ${node} of lab ${lab} has no container now`)
    const wish: LogsWish = {
      ...(follow === undefined ? {} : { follow }),
      ...(tail === undefined ? {} : { tail }),
      ...(sinceMs === undefined ? {} : { since: clock.nowMs() - sinceMs }),
    }
    yield* this.#counted('logs', MAX_LOGS, () => logs(containerId, wish, signal))
  }

  async *#captured(wish: CaptureWish, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    await this.#options.checkCapture(wish)
    yield* this.#options.capture(wish, signal)
  }

  async *#counted(
    what: 'capture' | 'logs',
    most: number,
    begin: () => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void> {
    const { engine } = this.#options
    if (this.#running[what] >= most)
      throw new MeshError(
        'BUSY',
        `${nameOf(engine, engine.self)} gives ${most} streams of this kind at once, and no more`,
      )
    this.#running[what] += 1
    try {
      yield* begin()
    } finally {
      this.#running[what] -= 1
    }
  }

  #here({ lab, node }: Pick<CaptureAsk, 'lab' | 'node'>): Workload {
    const { engine, workload } = this.#options
    const found = workload(workloadId(lab as LabName, node as NodeName))
    if (found !== undefined) return found
    throw new MeshError('NOT_FOUND', `node ${node} of lab ${lab} is not on ${nameOf(engine, engine.self)} now`)
  }

  #awake(ask: Pick<CaptureAsk, 'lab' | 'node'>): Workload {
    const found = this.#here(ask)
    if (found.state === 'running') return found
    throw new MeshError(
      'NOT_FOUND',
      `node ${ask.node} of lab ${ask.lab} does not run now: its container is ${found.state}`,
    )
  }

  /** Of an end that the lab's file names otherwise. */
  #linuxName({ lab, ...end }: CaptureAsk): string {
    const intent = this.#options.engine.active.get(lab)?.intent
    const link = intent && findLink(intent, end)
    return link?.endpoints.find((one) => isEnd(one, end))?.interface ?? end.interface
  }
}

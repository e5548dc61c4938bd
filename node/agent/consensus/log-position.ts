import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'

/** How far the log of one core host goes. */
export interface LogPosition {
  readonly epoch: number
  /** Of the last entry. */
  readonly term: number
  readonly index: number
  /** Known there to be decided, up to here. */
  readonly committed: number
  /** A new epoch is just being begun there. */
  readonly isRecovering: boolean
}

const count = z.int().min(0)
const Position = z
  .object({ epoch: count, term: count, index: count, committed: count, isRecovering: z.boolean() })
  .nullable()

/** Where the log of this host ends; null where it has none. */
export const positionHere = ({ replica }: Engine, isRecovering: boolean): LogPosition | null => {
  const epoch = replica?.state?.epoch
  if (replica === undefined || epoch === undefined) return null
  const { lastIndex: index, commitIndex: committed } = replica.status
  return { epoch, term: replica.tail.lastTerm, index, committed, isRecovering }
}

/** Positive where `a` knows more than `b`: a later epoch, else the more up-to-date log (Raft paper §5.4.1). */
export const comparePositions = (a: LogPosition, b: LogPosition): number =>
  a.epoch - b.epoch || a.term - b.term || a.index - b.index

/** What a core host said of its log: a position, null for none, `silent` where it did not answer. */
export type Told = LogPosition | null | 'silent'

export interface Asking {
  readonly engine: Engine
  connected(): readonly HostId[]
  request(host: HostId, name: 'log-position', body: unknown, timeoutMs: number): Promise<unknown>
}

/** A question for a number; a host that takes longer is as good as gone. */
const ASK_MS = 3_000

/** Asks every other core host that this one is connected to, all at once. */
export const askPositions = async ({ engine, connected, request }: Asking): Promise<ReadonlyMap<HostId, Told>> => {
  const there = new Set(connected())
  const asked = coreHosts(engine).filter((host) => host !== engine.self && there.has(host))
  return new Map(
    await Promise.all(
      asked.map(async (host): Promise<[HostId, Told]> => {
        const answer = await request(host, 'log-position', {}, ASK_MS).catch(() => undefined)
        const read = Position.safeParse(answer)
        return [host, read.success ? read.data : 'silent']
      }),
    ),
  )
}

/** Admitted core hosts, this one included. */
export const coreHosts = ({ roster }: Engine): readonly HostId[] =>
  (roster?.hosts ?? []).filter((host) => host.role === 'core' && host.state === 'admitted').map((host) => host.id)

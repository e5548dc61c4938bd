import type { Engine } from '#core/engine/engine.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RecordDraft } from '#core/model/record.ts'
import type { Iperf } from '#drivers/iperf/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'
import type { Proposals } from '../consensus/proposals.ts'
import type { Loop } from '../loop.ts'
import type { AllocationView } from '../port.ts'

/** By what this host measures. */
export interface IperfDoors {
  readonly driver: Iperf
  /** Ends at once every process of a test whose mark is of `owner` and that is not to be kept; how many that were. */
  killMarked(owner: HostId, isKept: (mark: string) => boolean): Promise<number>
}

/** What measuring needs of the rest of the agent. */
export interface IperfDeps {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly store: Pick<Store, 'getMeta' | 'putMeta'>
  readonly proposals: Pick<Proposals, 'submit'>
  readonly loop: Pick<Loop, 'idle'>
  /** Absent: this host measures nothing itself. */
  readonly iperf?: IperfDoors
  /** Signs a record, keeps it and tells other hosts. */
  publish(draft: RecordDraft): void
  request(peer: HostId, name: string, body: unknown, timeoutMs: number): Promise<unknown>
  tell(told: FeedTold): void
  /** What the log holds. */
  allocations(): Promise<readonly AllocationView[]>
  /** The first process of a lab node on this host; undefined while it does not run. */
  pidOf(lab: string, node: string): number | undefined
  onFatal(error: unknown): void
}

import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RecordDraft } from '#core/model/record.ts'
import type { Mesh } from '#mesh/mesh.ts'
import type { HostSide } from '../host/index.ts'
import type { Loop } from '../loop.ts'
import type { AgentOptions } from '../options.ts'
import type { DesiredOn } from '../planning.ts'
import type { PortCheck } from '../ports/check.ts'
import { Drafts } from './drafts.ts'
import { Images } from './images.ts'
import { Impairments } from './impairments.ts'
import { Keeper } from './keeper.ts'
import { Labs } from './labs.ts'
import { Rehearsals } from './rehearsals.ts'
import { Revisions } from './revisions.ts'
import { Saves } from './saves.ts'

export interface LabSideOptions
  extends Pick<AgentOptions, 'engine' | 'store' | 'drivers' | 'clock' | 'log' | 'canFetch'> {
  readonly loop: Loop
  readonly ports: Pick<PortCheck, 'refuseTaken'>
  tell(told: FeedTold): void
  /** Signs a record, keeps it and tells other hosts. */
  publish(draft: RecordDraft): void
  readonly host: Pick<HostSide, 'work' | 'workloads' | 'reconciler'>
  mesh(): Pick<Mesh, 'connected' | 'request'>
}

/** What people wish of labs, what would come of it, and what was wished before. */
export interface LabSide {
  readonly wishes: Labs
  readonly revisions: Revisions
  readonly saves: Saves
  readonly drafts: Drafts
  readonly rehearsals: Rehearsals
  readonly images: Images
  readonly keeper: Keeper
  readonly impairments: Impairments
}

/** Puts it together; nothing runs by itself. */
export function createLabSide(options: LabSideOptions): LabSide {
  const { host, mesh } = options
  const request =
    (name: string) =>
    (peer: HostId, body: unknown, timeoutMs: number): Promise<unknown> =>
      mesh().request(peer, name, body, timeoutMs)
  const desiredOn: DesiredOn = (...what) => host.work.wantedOn(...what)
  const blobs = {
    store: options.store,
    peers: () => mesh().connected(),
    fetch: async (peer: HostId, sha256: string) => (await request('blob')(peer, { sha256 }, 30_000)) as string | null,
  }
  const known = { ...options, desiredOn, seen: () => host.reconciler.seen }
  const revisions = new Revisions({ ...options, ...blobs })
  const rehearsals = new Rehearsals({ ...known, request: request('plan-commands') })
  const images = new Images({
    ...known,
    canFetch: async (image) => (await options.canFetch?.(image)) ?? true,
    request: request('images'),
  })
  const wishes = new Labs({ ...options, desiredOn, images, rehearsals, revisions })
  return {
    wishes,
    impairments: new Impairments({ ...options, wishes }),
    revisions,
    saves: new Saves({ ...options, ...blobs, exec: (...ask) => host.workloads.exec(...ask) }),
    drafts: new Drafts(options),
    rehearsals,
    images,
    keeper: new Keeper({ ...options, ...blobs }),
  }
}

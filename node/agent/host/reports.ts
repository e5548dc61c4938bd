import type { Engine } from '#core/engine/engine.ts'
import { type ActiveLab, hasPart } from '#core/engine/labs.ts'
import type { HostId, NodeName, ResourceId } from '#core/model/ids.ts'
import type { LabNode, LabStatus } from '#core/model/lab.ts'
import type { Resource, Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { Troubles } from '#core/plan/cause.ts'
import { mgmtNote } from '#core/plan/desired-mgmt.ts'
import { sameMembers } from '#core/plan/same.ts'
import { labStatus } from '#core/plan/status.ts'
import { mgmtDevice } from '#drivers/owner-mark.ts'
import type { Identity } from '#identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import { readNearNetworks } from '#platform/near-networks.ts'
import { nameAt } from '../consensus/quorum.ts'
import type { HostImages } from '../images/index.ts'
import { unheard } from '../paths/unheard.ts'
import type { LabFiles } from './lab-files.ts'
import type { LabStages } from './lab-stages.ts'
import { isLinked } from './node-links.ts'
import type { PostStart } from './post-start.ts'
import type { Pass } from './reconciler.ts'
import type { StartFiles } from './start-files.ts'
import { Whole } from './whole.ts'

export interface ReportsOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: Clock
  readonly files: LabFiles
  /** What nodes start with; none where no node starts with anything. */
  readonly starting?: Pick<StartFiles, 'missing'>
  readonly images: Pick<HostImages, 'doing' | 'problems'>
  readonly postStart: PostStart
  readonly stages: LabStages
  /** Whether nothing comes back through the tunnel to a host. */
  isTunnelSilent(host: HostId): boolean
  /** What is worth telling of a lab besides. */
  notes(lab: string): readonly string[]
  /** What this host sees of a lab; null once nothing of it is left here. */
  onStatus(lab: string, status: LabStatus | null): void
}

/** A pass, with what was seen by id. */
interface Look extends Pass {
  readonly byId: ReadonlyMap<ResourceId, Resource>
}

/** What this host tells of its part of each lab. */
export class Reports {
  readonly #options: ReportsOptions
  readonly #whole = new Whole()
  /** What was reported last. */
  #told: { readonly look: Pass; readonly cut: Troubles; readonly images: string } | undefined

  constructor(options: ReportsOptions) {
    this.#options = options
  }

  /** Tells the engine what this host sees of each lab. */
  report(look: Pass): void {
    const { engine, onStatus } = this.#options
    const cut = this.#unheard(look)
    const pass = { ...look, troubles: new Map([...cut, ...look.troubles]) }
    this.#told = { look, cut, images: this.#imagesText() }
    const seen = new Map(pass.seen.map((resource) => [resource.id, resource]))
    this.#whole.keepOnly(engine.active)
    const here = [...engine.active].filter(([, active]) => hasPart(active, engine.self))
    for (const [lab, active] of here) onStatus(lab, this.#status(active, { ...pass, byId: seen }))
    const told = new Set<string>(here.map(([lab]) => lab))
    const held = engine.book.of('status').filter((record) => record.author === engine.self && record.body !== null)
    for (const record of held) {
      const lab = record.key.slice(engine.self.length + 1)
      if (lab === '' || told.has(lab)) continue
      if (!pass.seen.some((resource) => 'lab' in resource && resource.lab === lab)) onStatus(lab, null)
    }
  }

  /** Everything this host had to have at the last look. */
  get lastWanted(): readonly Resource[] {
    return this.#told?.look.wanted ?? []
  }

  /** The last look, where it would be told otherwise now: who is cut off from this host, and how far images are, changes without a look. */
  outdated(): Pass | undefined {
    if (this.#told === undefined) return undefined
    const { look, cut, images } = this.#told
    const now = this.#unheard(look)
    return !sameMembers(textsOf(cut), textsOf(now)) || images !== this.#imagesText() ? look : undefined
  }

  #imagesText(): string {
    const { images } = this.#options
    return [...images.doing(), ...images.problems()].join()
  }

  #unheard({ wanted }: Pass): Troubles {
    const { engine, clock, isTunnelSilent } = this.#options
    return unheard({ engine, nowMs: clock.monotonicMs(), isSilent: isTunnelSilent }, wanted)
  }

  #status(active: ActiveLab, pass: Look): LabStatus {
    const { engine, postStart, images, stages } = this.#options
    const here = localNodes(active, engine.self)
    const doing = images.doing()
    const notes = postStart.notes(active.intent.name, here, stages.isOver(active))
    const status = labStatus({
      self: engine.self,
      ...active,
      wanted: pass.wanted,
      seen: pass.seen,
      failures: this.#failures(active, here, pass),
      troubles: pass.troubles,
      wasWhole: (id) => this.#whole.has(active, id),
      peerName: (address) => nameAt(engine, address),
      ready: new Set(here.filter((node) => this.#isReady(active, node, pass)).map(({ name }) => name)),
      doing,
      starting: new Map(here.flatMap((node) => startingOf(active.intent.name, node, postStart))),
      stages: stages.told(active),
      notes: [...notes, ...this.#mgmtNotes(active)],
    })
    this.#whole.saw(active, status)
    return status
  }

  /** What failed in the pass, and what nodes cannot begin without. */
  #failures(active: ActiveLab, here: readonly LabNode[], pass: Look): Pass['failures'] {
    const { files, starting, images } = this.#options
    const failures = new Map([...pass.failures, ...images.problems()])
    // What failed before it was begun is over.
    for (const id of images.doing().keys()) failures.delete(id)
    const missing = files.missing(active.intent.name)
    for (const node of here) {
      const without = starting?.missing(active, node) ?? missing
      if (without !== undefined) failures.set(workloadId(active.intent.name, node.name), without)
    }
    return failures
  }

  #mgmtNotes({ intent, assignment }: ActiveLab): readonly string[] {
    const { engine, identity } = this.#options
    const host = { name: identity.name, overlayAddress: '' }
    const note = mgmtNote(assignment.mgmt, {
      self: engine.self,
      host,
      nearNetworks: readNearNetworks(),
      names: { mgmtDevice },
    })
    return [...(note === undefined ? [] : [note]), ...this.#options.notes(intent.name)]
  }

  #isReady(active: ActiveLab, node: LabNode, look: Look): boolean {
    const workload = look.byId.get(workloadId(active.intent.name, node.name)) as Workload | undefined
    if (workload?.state !== 'running') return false
    const around = {
      linked: isLinked(active, { node, workload }, look),
      isOver: this.#options.stages.isOver(active),
    }
    return this.#options.postStart.isDone(node, workload, around)
  }
}

const startingOf = (lab: string, node: LabNode, postStart: PostStart): readonly (readonly [NodeName, string])[] => {
  const text = postStart.starting(lab, node)
  return text === undefined ? [] : [[node.name, text]]
}

const textsOf = (troubles: Troubles): readonly string[] => [...troubles].map(([id, { reason }]) => `${id} ${reason}`)

/** The nodes of a lab that run on this host. */
const localNodes = ({ intent, assignment }: ActiveLab, self: HostId): readonly LabNode[] =>
  intent.nodes.filter((node) => node.kind !== 'bridge' && assignment.hosts[node.name] === self)

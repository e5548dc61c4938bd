import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { Refusal } from '#core/engine/leader.ts'
import type { FeedCode, FeedTold } from '#core/model/feed.ts'
import type { Assignment, LabIntent } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import type { RecordDraft } from '#core/model/record.ts'
import { nameOf } from '../consensus/quorum.ts'
import { viewLab } from '../views.ts'

export interface LabNewsOptions {
  readonly engine: Engine
  tell(told: FeedTold): void
}

/** Tells of labs as a whole: wishes made on this host, and what it decided as the leader. */
export class LabNews {
  readonly #options: LabNewsOptions
  /** As the leader: the generation of each lab that is known to have come up, 0 for none. */
  readonly #ups = new Map<string, number>()
  /** Which assignment was told last, by lab. */
  readonly #assignments = new Map<string, string>()
  /** Refusals told, by lab. */
  readonly #refused = new Map<string, string>()
  #leads = false

  constructor(options: LabNewsOptions) {
    this.#options = options
  }

  /** An effect of the engine, before it is carried out. */
  saw(effect: Effect): void {
    if (effect.type === 'notice' && effect.code === 'ALLOCATION_CONFLICT') this.#conflict(effect.fields)
    if (effect.type !== 'publish') return
    const { draft } = effect
    if (draft.kind === 'intent') this.#wish(draft)
    if (draft.kind === 'assignment') this.#assigned(draft)
    if (draft.kind === 'status' && draft.key.endsWith('/')) this.#refusals(draft)
  }

  /** Now and then: a leader tells which labs have come up. Of those that were decided and up before it led, another one told. */
  look(): void {
    const { engine } = this.#options
    const leads = engine.replica?.isLeader === true
    const isNew = leads && !this.#leads
    this.#leads = leads
    const labs: Engine['active'] = leads ? engine.active : new Map()
    for (const lab of this.#ups.keys()) if (!labs.has(lab)) this.#ups.delete(lab)
    for (const [lab, { assignment }] of labs) {
      const intent = engine.book.get('intent', lab)
      const generation = Number(intent?.version[0] ?? 0)
      if (this.#ups.get(lab) === generation || intent?.body == null || viewLab(engine, lab).state !== 'up') continue
      this.#ups.set(lab, generation)
      const isOwn = assignment.term === engine.replica?.status.term
      if (isOwn || !isNew) this.#tell('LAB_UP', lab, `${lab} is up, generation ${generation}`)
    }
  }

  #wish({ key: lab, version, body }: RecordDraft): void {
    const intent = body as LabIntent | null
    if (intent === null) this.#tell('LAB_REMOVED', lab, `${lab} is to be taken down`)
    else {
      const size = `${intent.nodes.length} nodes, ${intent.links.length} links`
      this.#tell('LAB_SUBMITTED', lab, `${lab} is wanted, generation ${version[0]}: ${size}`)
    }
  }

  #assigned({ key: lab, version, body }: RecordDraft): void {
    const assignment = body as Assignment | null
    const place = version.join('.')
    // A leader that is busy publishes it again before it has heard itself.
    const isTold = this.#assignments.get(lab) === place
    if (assignment === null) this.#assignments.delete(lab)
    else this.#assignments.set(lab, place)
    if (assignment === null || isTold) return
    const counts = new Map<string, number>()
    for (const host of Object.values(assignment.hosts)) {
      const name = nameOf(this.#options.engine, host)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const places = [...counts].toSorted().map(([host, count]) => `${count} on ${host}`)
    this.#tell('LAB_ASSIGNED', lab, `${lab} is placed: ${places.join(', ') || 'it has no nodes'}`)
  }

  #refusals({ body }: RecordDraft): void {
    const refusals = (body ?? {}) as Readonly<Record<string, Refusal>>
    for (const lab of this.#refused.keys()) if (!Object.hasOwn(refusals, lab)) this.#refused.delete(lab)
    for (const [lab, { code, message, intentVersion }] of Object.entries(refusals)) {
      const mark = `${code} ${intentVersion}`
      if (this.#refused.get(lab) === mark) continue
      this.#refused.set(lab, mark)
      if (!this.#wasRefused(lab, mark)) this.#tell('LAB_REFUSED', lab, `${lab} waits: ${message} (${code})`, 'warn')
    }
  }

  /** Whether a leader before this one told the same. */
  #wasRefused(lab: string, mark: string): boolean {
    return this.#options.engine.book.of('status').some(({ key, body }) => {
      const refusal = key.endsWith('/') ? own((body ?? {}) as Record<string, Refusal>, lab) : undefined
      return refusal !== undefined && `${refusal.code} ${refusal.intentVersion}` === mark
    })
  }

  #conflict({ lab, vni, other }: Readonly<Record<string, unknown>>): void {
    this.#tell('LAB_CONFLICT', String(lab), `${lab} is refused here: VNI ${vni} is held by ${other}`, 'error')
  }

  #tell(code: FeedCode, lab: string, ...[message, level = 'info']: [string, FeedTold['level']?]): void {
    this.#options.tell({ level, code, lab, about: lab, message })
  }
}

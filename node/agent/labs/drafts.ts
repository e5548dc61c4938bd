import { draftOf, draftRecord, type LabDraft, MAX_DRAFT_BYTES } from '#core/drafts/draft.ts'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { RecordDraft } from '#core/model/record.ts'
import { compareText } from '#core/record/version.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { Loop } from '../loop.ts'
import type { DraftsPort, DraftView } from '../port-drafts.ts'

export interface DraftsOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly loop: Pick<Loop, 'idle'>
  /** Signs it, keeps it and tells other hosts. */
  publish(draft: RecordDraft): void
}

/** What people began to write of labs: gossiped, so that any host answers for it. */
export class Drafts implements DraftsPort {
  readonly #options: DraftsOptions

  constructor(options: DraftsOptions) {
    this.#options = options
  }

  list(): readonly DraftView[] {
    return this.#options.engine.book
      .of('draft')
      .flatMap(({ key }) => this.find(key) ?? [])
      .toSorted((a, b) => compareText(a.lab, b.lab))
  }

  find(lab: string): DraftView | undefined {
    const { engine } = this.#options
    const draft = draftOf(engine.book.get('draft', lab))
    return draft === undefined ? undefined : { lab, ...draft, host: nameOf(engine, draft.host) }
  }

  async write(lab: string, topology: string | null): Promise<DraftView> {
    const bytes = Buffer.byteLength(topology ?? '')
    if (bytes > MAX_DRAFT_BYTES)
      throw new MeshError('BAD_INPUT', `the topology has ${bytes} bytes; a draft may have ${MAX_DRAFT_BYTES}`, {
        bytes,
      })
    const { engine, clock } = this.#options
    const draft = { topology, atMs: clock.nowMs(), host: engine.self }
    await this.#publish(lab, draft)
    return { lab, ...draft, host: nameOf(engine, engine.self) }
  }

  async remove(lab: string): Promise<void> {
    if (this.find(lab) === undefined)
      throw new MeshError('NOT_FOUND', `there is no draft of a lab named ${lab}`, { lab })
    await this.#publish(lab, null)
  }

  async #publish(lab: string, draft: LabDraft | null): Promise<void> {
    const { engine, clock, loop, publish } = this.#options
    const by = { wallMs: clock.nowMs(), self: engine.self }
    publish(draftRecord({ lab, draft }, engine.book.get('draft', lab), by))
    await loop.idle()
  }
}

import type { Engine } from '#core/engine/engine.ts'
import { generationOf, intentOf } from '#core/engine/labs.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LabIntent } from '#core/model/lab.ts'
import { intentChanges } from '#core/plan/intent-changes.ts'
import { type Revision, revisionsOf } from '#core/revisions/revisions.ts'
import { type BlobSources, findBlob } from '../blobs.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { RevisionDetail, RevisionDiff, RevisionView } from '../port.ts'
import { decodeDocument, type RevisionDocument } from './revision-document.ts'

export interface RevisionsOptions extends BlobSources {
  readonly engine: Engine
}

/** The history of labs: which states were asked for, and all that is needed to ask for one of them again. */
export class Revisions {
  readonly #options: RevisionsOptions

  constructor(options: RevisionsOptions) {
    this.#options = options
  }

  /** Oldest first. NOT_FOUND where none of this lab was kept. */
  list(lab: string): readonly RevisionView[] {
    return this.#kept(lab).map((revision) => this.#view(lab, revision))
  }

  /** One of them, by number or name, else the newest. NOT_FOUND where that one was not kept, or no host that can be reached has its document. */
  async detail(lab: string, wanted?: string): Promise<RevisionDetail> {
    const revision = this.#one(lab, wanted)
    return { ...this.#view(lab, revision), ...(await this.#document(lab, revision)) }
  }

  /** What differs from one to another; to the newest where no other is named. */
  async diff(lab: string, from: string, to?: string): Promise<RevisionDiff> {
    const [before, after] = [await this.detail(lab, from), await this.detail(lab, to)]
    return { lab, from: before.revision, to: after.revision, ...intentChanges(before.intent, after.intent) }
  }

  /** The files of an intent, by digest. NOT_FOUND where no host that can be reached has one of them: all of those are told. */
  async contents(intent: LabIntent): Promise<ReadonlyMap<string, Uint8Array>> {
    const contents = new Map<string, Uint8Array>()
    const missing: string[] = []
    for (const { sha256, path } of intent.files) {
      const bytes = contents.get(sha256) ?? (await findBlob(this.#options, sha256))
      if (bytes === undefined) missing.push(path)
      else contents.set(sha256, bytes)
    }
    if (missing.length > 0) {
      const message = `no host that can be reached has ${missing.length === 1 ? 'this file' : 'these files'} of lab ${intent.name}: ${missing.join(', ')}`
      throw new MeshError('NOT_FOUND', message, { lab: intent.name, files: missing })
    }
    return contents
  }

  #kept(lab: string): readonly Revision[] {
    const kept = revisionsOf(this.#options.engine.book.get('revisions', lab))
    if (kept.length === 0) throw new MeshError('NOT_FOUND', `no revision of a lab named ${lab} was kept`, { lab })
    return kept
  }

  /** Of several of one name, the newest. */
  #one(lab: string, wanted: string | undefined): Revision {
    const kept = this.#kept(lab)
    const found =
      wanted === undefined
        ? kept.at(-1)
        : kept.findLast(({ revision, name }) => String(revision) === wanted || name === wanted)
    if (found !== undefined) return found
    const there = kept.map(({ revision, name }) => (name === undefined ? `${revision}` : `${revision} (${name})`))
    const message = `lab ${lab} has no revision ${wanted}; kept are ${there.join(', ')}`
    throw new MeshError('NOT_FOUND', message, { lab, revision: wanted })
  }

  async #document(lab: string, { revision, sha256 }: Revision): Promise<RevisionDocument> {
    const bytes = await findBlob(this.#options, sha256)
    if (bytes !== undefined) return decodeDocument(bytes)
    const message = `revision ${revision} of lab ${lab} is on no host that can be reached`
    throw new MeshError('NOT_FOUND', message, { lab, revision })
  }

  #view(lab: string, { sha256: _, host, ...revision }: Revision): RevisionView {
    const { engine } = this.#options
    const intent = engine.book.get('intent', lab)
    const isCurrent = intentOf(intent) !== null && generationOf(intent) === revision.revision
    return { ...revision, host: nameOf(engine, host), isCurrent }
  }
}

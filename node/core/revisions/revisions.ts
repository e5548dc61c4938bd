import type { HostId } from '../model/ids.ts'
import type { RecordDraft } from '../model/record.ts'
import { TOMBSTONE_MS } from '../record/expire.ts'

/** One state of a lab that was asked for, as far as every host knows it by heart; the rest is in a document. */
export interface Revision {
  /** The generation it was submitted as. */
  readonly revision: number
  /** Wall clock of the host that took it; decides nothing. */
  readonly atMs: number
  readonly host: HostId
  readonly name?: string
  readonly message?: string
  /** Digest (hex) of its document: the topology as it was written, and the intent. */
  readonly sha256: string
  readonly nodes: number
  readonly links: number
  readonly files: number
  /** Of its files, together. */
  readonly bytes: number
}

/** What whoever submits says of it; the engine adds the rest. */
export type RevisionWish = Omit<Revision, 'revision' | 'atMs' | 'host'>

/** Body of a `revisions` record, key: the lab. */
export interface RevisionsBody {
  readonly lab: string
  /** Oldest first. */
  readonly revisions: readonly Revision[]
}

/** So many of one lab are kept, and as many as have files of so many bytes together, but always the newest. */
export const MAX_REVISIONS = 20
export const MAX_REVISION_BYTES = 256 * 1024 * 1024
/** Longest name and message, in characters, so that the record of all of them stays small. */
export const MAX_REVISION_NAME = 64
export const MAX_REVISION_MESSAGE = 400

/** The list with one more, without those that are too old or too much. */
export function withRevision(list: readonly Revision[], next: Revision): readonly Revision[] {
  const kept: Revision[] = [next]
  let { bytes } = next
  for (const one of list.toReversed()) {
    if (one.revision === next.revision) continue
    bytes += one.bytes
    if (kept.length === MAX_REVISIONS || bytes > MAX_REVISION_BYTES) break
    kept.unshift(one)
  }
  return kept
}

/** Body of a `revisions` record; empty where there is none. */
export const revisionsOf = (record: { readonly body: unknown } | undefined): readonly Revision[] =>
  ((record?.body ?? null) as RevisionsBody | null)?.revisions ?? []

/**
 * The record of a lab's revisions, ordered as its intents are: of two hosts that submit at once, the one whose intent counts is right here
 * too. It outlives its lab as long as the lab's deletion is remembered.
 */
export const revisionsDraft = (
  body: RevisionsBody,
  version: readonly (number | string)[],
  { isDeleted, wallMs }: { readonly isDeleted: boolean; readonly wallMs: number },
): RecordDraft => ({
  kind: 'revisions',
  key: body.lab,
  version,
  expiresAtMs: isDeleted ? wallMs + TOMBSTONE_MS : 0,
  body,
})

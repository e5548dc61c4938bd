import type { HostId } from '../model/ids.ts'
import type { RecordDraft } from '../model/record.ts'
import { TOMBSTONE_MS } from '../record/expire.ts'

/** What somebody began to write of a lab, before it is asked for. */
export interface LabDraft {
  /** YAML; null where nothing was written yet. */
  readonly topology: string | null
  /** Wall clock of the host that took it; decides nothing. */
  readonly atMs: number
  readonly host: HostId
}

/** Body of a `draft` record, key: the lab. */
export interface DraftBody {
  readonly lab: string
  /** Null once it is removed. */
  readonly draft: LabDraft | null
}

/** UTF-8. A topology of 3,000 links takes about half of it, and a record may have four times as much. */
export const MAX_DRAFT_BYTES = 256 * 1024
/** What nobody touches for so long is forgotten: 30 days. */
export const DRAFT_KEPT_MS = 30 * 24 * 3600 * 1000

/** What a `draft` record says; undefined where there is none, or it was removed. */
export const draftOf = (record: { readonly body: unknown } | undefined): LabDraft | undefined =>
  ((record?.body ?? null) as DraftBody | null)?.draft ?? undefined

/** The record that comes after `held`. Of two hosts that write at once the later one is right. */
export const draftRecord = (
  { lab, draft }: DraftBody,
  held: Pick<RecordDraft, 'version'> | undefined,
  by: { readonly wallMs: number; readonly self: HostId },
): RecordDraft => ({
  kind: 'draft',
  key: lab,
  version: [Number(held?.version[0] ?? 0) + 1, by.wallMs, by.self],
  expiresAtMs: by.wallMs + (draft === null ? TOMBSTONE_MS : DRAFT_KEPT_MS),
  body: { lab, draft },
})

import type { HostId, LabName } from '../model/ids.ts'
import type { Assignment, LabIntent, LabStatus } from '../model/lab.ts'
import type { RecordDraft, RosterBody, VerifiedRecord } from '../model/record.ts'
import { type FormerAddresses, formerAddresses } from '../plan/former-addresses.ts'
import { TOMBSTONE_MS, tombstone } from '../record/expire.ts'
import { intentVersion } from '../record/version.ts'
import type { Book } from './book.ts'

/** An intent and the assignment that answers it: what this host makes true. Kept, so a host alone restarts with it. */
export interface ActiveLab {
  readonly intent: LabIntent
  readonly assignment: Assignment
  /** What link ends had under the intents before. */
  readonly former?: FormerAddresses
}

/** Whether `host` runs a node of the lab: no other has anything of it. */
export const hasPart = ({ assignment }: ActiveLab, host: HostId): boolean =>
  Object.values(assignment.hosts).includes(host)

/** Body of an `intent` record; null is a tombstone. */
export const intentOf = (record: VerifiedRecord | undefined): LabIntent | null =>
  (record?.body ?? null) as LabIntent | null

/** The generation of an intent record, 0 where there is none. */
export const generationOf = (record: VerifiedRecord | undefined): number =>
  typeof record?.version[0] === 'number' ? record.version[0] : 0

/** When an intent was asked for, by the clock of the host that took it, milliseconds since 1970; none where there is no intent. */
export const changedAt = (record: VerifiedRecord | undefined): { readonly changedAtMs?: number } =>
  typeof record?.version[1] === 'number' ? { changedAtMs: record.version[1] } : {}

/** Body of an `assignment` record. */
export const assignmentOf = (record: VerifiedRecord | undefined): Assignment | null =>
  (record?.body ?? null) as Assignment | null

/** Body of the status record of `host` for `lab`. */
export const statusOf = (book: Book, host: HostId, lab: string): LabStatus | null =>
  (book.get('status', statusKey(host, lab))?.body ?? null) as LabStatus | null

export const statusKey = (host: HostId, lab: string): string => `${host}/${lab}`

/** A wish for a lab, or its tombstone where `intent` is null. */
export const intentDraft = (
  lab: string,
  version: readonly (number | string)[],
  { intent, wallMs }: { readonly intent: LabIntent | null; readonly wallMs: number },
): RecordDraft =>
  intent === null
    ? tombstone(lab, version, wallMs)
    : { kind: 'intent', key: lab, version, expiresAtMs: 0, body: intent }

/**
 * What `host` tells of `lab` since it last started; null for anything older. A host that came back has not looked yet, and what it
 * saw before its power went is no longer read back.
 */
export const currentStatusOf = (book: Book, host: HostId, lab: string): LabStatus | null => {
  const record = book.get('status', statusKey(host, lab))
  const beat = book.get('heartbeat', host)
  return record === undefined || (beat !== undefined && record.fresh[1] < beat.fresh[1])
    ? null
    : ((record.body ?? null) as LabStatus | null)
}

/** What this host sees under `key`, or that nothing is left where `body` is null. */
export const statusDraft = (key: string, body: unknown, wallMs: number): RecordDraft => ({
  kind: 'status',
  key,
  version: [],
  expiresAtMs: body === null ? wallMs + TOMBSTONE_MS : 0,
  body,
})

export type LabStep =
  | { readonly type: 'activate'; readonly active: ActiveLab }
  | { readonly type: 'deactivate' }
  | { readonly type: 'stay' }

/**
 * What the records now held mean for `lab` on this host. A tombstone ends it at once; a new intent takes over only when its
 * own assignment is here, so a running lab goes on as it was until then.
 */
export const nextStep = (book: Book, lab: string, active: ActiveLab | undefined): LabStep => {
  const record = book.get('intent', lab)
  const intent = intentOf(record)
  if (record !== undefined && intent === null) return active === undefined ? { type: 'stay' } : { type: 'deactivate' }
  const assignment = assignmentOf(book.get('assignment', lab))
  if (record === undefined || intent === null || assignment === null) return { type: 'stay' }
  if (assignment.intentVersion !== intentVersion(record.version)) return { type: 'stay' }
  // Of an epoch that is over: whoever runs it goes on, but it counts again only once the new epoch has taken it over.
  if (assignment.epoch < epochOf(book)) return { type: 'stay' }
  if (active !== undefined && !isNewer(assignment, active.assignment)) return { type: 'stay' }
  const former = formerAddresses(active, intent)
  return { type: 'activate', active: { intent, assignment, ...(former === undefined ? {} : { former }) } }
}

const epochOf = (book: Book): number => (book.get('roster', 'mesh')?.body as RosterBody | undefined)?.epoch ?? 0

const isNewer = (a: Assignment, b: Assignment): boolean =>
  a.epoch !== b.epoch ? a.epoch > b.epoch : a.term !== b.term ? a.term > b.term : a.index > b.index

/** The first VNI of `assignment` that another active lab holds: the second line of defence. */
export const conflict = (
  assignment: Assignment,
  others: readonly ActiveLab[],
): { vni: number; lab: LabName } | undefined => {
  for (const { assignment: other } of others) {
    if (other.lab === assignment.lab) continue
    const held = new Set(
      Object.values(other.segments).flatMap((segment) => (segment.vni === null ? [] : [segment.vni])),
    )
    const shared = Object.values(assignment.segments).find((segment) => segment.vni !== null && held.has(segment.vni))
    if (shared?.vni !== undefined && shared.vni !== null) return { vni: shared.vni, lab: other.lab }
  }
  return undefined
}

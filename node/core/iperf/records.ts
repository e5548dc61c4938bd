import type { HostId } from '../model/ids.ts'
import {
  type AttachedBody,
  EXERCISE_KEPT_MS,
  type ExerciseBody,
  type ScheduleBody,
  type TasksBody,
} from '../model/iperf.ts'
import type { RecordDraft, RecordKind } from '../model/record.ts'
import { TOMBSTONE_MS } from '../record/expire.ts'
import { fitTasks } from './fit-tasks.ts'

type Held = { readonly body: unknown } | undefined
type Version = Pick<RecordDraft, 'version'> | undefined
interface By {
  readonly wallMs: number
  readonly self: HostId
}

const present = <T extends { readonly isRemoved?: true }>(record: Held): T | undefined => {
  const body = (record?.body ?? undefined) as T | undefined
  return body?.isRemoved === true ? undefined : body
}

/** What an `exercise` record says; undefined where there is none, or it was removed. */
export const exerciseOf = (record: Held): ExerciseBody | undefined => present<ExerciseBody>(record)
/** What a `tasks` record says. */
export const tasksOf = (record: Held): TasksBody | undefined => (record?.body ?? undefined) as TasksBody | undefined
/** What a `schedule` record says; undefined where there is none, or it was removed. */
export const scheduleOf = (record: Held): ScheduleBody | undefined => present<ScheduleBody>(record)
/** What an `attached` record says; undefined where there is none, or it was removed. */
export const attachedOf = (record: Held): AttachedBody | undefined => present<AttachedBody>(record)

/** Key of an `exercise` record. */
export const exerciseKey = (exercise: number): string => String(exercise)
/** Key of a `tasks` record. */
export const tasksKey = (host: HostId, exercise: number): string => `${host}/${exercise}`

/** The record that comes after `held`. Of two hosts that write at once the later one is right. It is kept 90 days from its last change. */
export const exerciseDraft = (body: ExerciseBody, held: Version, by: By): RecordDraft =>
  next({ kind: 'exercise', key: exerciseKey(body.id), body, keptMs: EXERCISE_KEPT_MS }, held, by)

/** The `schedule` record that comes after `held`; kept until it is removed. */
export const scheduleDraft = (body: ScheduleBody, held: Version, by: By): RecordDraft =>
  next({ kind: 'schedule', key: body.name, body, keptMs: 0 }, held, by)

/** The `attached` record that comes after `held`; kept until it is removed. */
export const attachedDraft = (body: AttachedBody, held: Version, by: By): RecordDraft =>
  next({ kind: 'attached', key: body.name, body, keptMs: 0 }, held, by)

/** What this host tells of its tasks: as much of the results as fits. Without tasks it is soon forgotten. */
export const tasksDraft = (self: HostId, body: TasksBody, wallMs: number): RecordDraft => ({
  kind: 'tasks',
  key: tasksKey(self, body.exercise),
  version: [],
  expiresAtMs: wallMs + (body.tasks.length === 0 ? TOMBSTONE_MS : EXERCISE_KEPT_MS),
  body: fitTasks(body),
})

/** `keptMs` 0: for ever. */
interface Next {
  readonly kind: RecordKind
  readonly key: string
  readonly body: { readonly isRemoved?: true }
  readonly keptMs: number
}

function next({ kind, key, body, keptMs }: Next, held: Version, { wallMs, self }: By): RecordDraft {
  const kept = body.isRemoved === true ? TOMBSTONE_MS : keptMs
  const version = [Number(held?.version[0] ?? 0) + 1, wallMs, self]
  return { kind, key, version, expiresAtMs: kept === 0 ? 0 : wallMs + kept, body }
}

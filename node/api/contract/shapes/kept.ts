import { z } from 'zod'
import type {
  AllocationView,
  EventsPage,
  LabSnapshot,
  ReservationView,
  SavedText,
  SaveOutcome,
  SaveView,
  SnapshotOutcome,
} from '#agent/port.ts'
import { atMs, count, names } from './common.ts'

const outcomeRow = {
  node: z.string(),
  host: z.string(),
  ok: z.boolean(),
  message: z.string().nullable(),
}

export const saveView = z.strictObject({
  save: count,
  atMs,
  host: z.string(),
  revision: count,
  nodes: z.array(z.strictObject({ node: z.string(), kind: z.string(), sizeBytes: count })),
}) satisfies z.ZodType<SaveView>

export const savedText = z.strictObject({
  lab: z.string(),
  node: z.string(),
  save: count,
  text: z.string(),
}) satisfies z.ZodType<SavedText>

export const saveOutcome = z.strictObject({
  lab: z.string(),
  save: count.nullable(),
  nodes: z.array(z.strictObject({ ...outcomeRow, sizeBytes: count.nullable() })),
  skipped: names,
}) satisfies z.ZodType<SaveOutcome>

export const labSnapshot = z.strictObject({
  name: z.string(),
  node: z.string(),
  host: z.string(),
  createdMs: z.number(),
  sizeBytes: z.number().nullable(),
}) satisfies z.ZodType<LabSnapshot>

export const snapshotOutcome = z.strictObject({
  lab: z.string(),
  name: z.string(),
  nodes: z.array(z.strictObject(outcomeRow)),
}) satisfies z.ZodType<SnapshotOutcome>

export const allocationView = z.strictObject({
  pool: z.string(),
  value: z.union([z.number(), z.string()]),
  host: z.string().exactOptional(),
  owner: z.string(),
  sinceMs: z.number(),
  untilMs: z.number().exactOptional(),
}) satisfies z.ZodType<AllocationView>

export const reservation = z.strictObject({
  pool: z.string(),
  host: z.string().exactOptional(),
  owner: z.string(),
  values: z.array(z.union([z.number(), z.string()])),
}) satisfies z.ZodType<ReservationView>

const hostId = z.string() as unknown as z.ZodType<EventsPage['events'][number]['host']>

export const eventsPage = z.strictObject({
  events: z.array(
    z.strictObject({
      host: hostId,
      hostName: z.string(),
      boot: count,
      seq: count,
      atMs: z.number(),
      level: z.enum(['info', 'warn', 'error']),
      code: z.string(),
      lab: z.string().exactOptional(),
      about: z.string().exactOptional(),
      message: z.string(),
    }),
  ),
  cursor: z.string(),
}) satisfies z.ZodType<EventsPage>

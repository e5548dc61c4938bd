import { z } from 'zod'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'

const count = z.int().min(0)

const revisions = z.looseObject({
  lab: z.string().regex(LAB_NAME),
  revisions: z
    .array(
      z.looseObject({
        revision: count,
        atMs: count,
        host: z.string(),
        name: z.string().optional(),
        message: z.string().optional(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        nodes: count,
        links: count,
        files: count,
        bytes: count,
      }),
    )
    .max(100),
})

/** All versions of a lab that are kept. */
export const isRevisions = (record: SignedRecord): boolean => {
  const read = revisions.safeParse(record.body)
  return read.success && read.data.lab === record.key
}

const SHA256 = /^[0-9a-f]{64}$/

const saves = z.looseObject({
  lab: z.string().regex(LAB_NAME),
  saves: z
    .array(
      z.looseObject({
        save: count,
        atMs: count,
        host: z.string(),
        revision: count,
        nodes: z.record(
          z.string().regex(NODE_NAME),
          z.looseObject({ sha256: z.string().regex(SHA256), sizeBytes: count, kind: z.string() }),
        ),
      }),
    )
    .max(10_000),
})

/** All saved states of a lab. */
export const isSaves = (record: SignedRecord): boolean => {
  const read = saves.safeParse(record.body)
  return read.success && read.data.lab === record.key && typeof record.version[0] === 'number'
}

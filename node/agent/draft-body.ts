import { z } from 'zod'
import { MAX_DRAFT_BYTES } from '#core/drafts/draft.ts'
import { LAB_NAME } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'

const body = z.looseObject({
  lab: z.string().regex(LAB_NAME),
  draft: z
    .looseObject({
      topology: z.string().max(MAX_DRAFT_BYTES).nullable(),
      atMs: z.int().min(0),
      host: z.string(),
    })
    .nullable(),
})

/** Whether the body of a `draft` record is what its kind and key say. */
export const isDraft = (record: SignedRecord): boolean => {
  const read = body.safeParse(record.body)
  return read.success && read.data.lab === record.key && typeof record.version[0] === 'number'
}

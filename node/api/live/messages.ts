import { z } from 'zod'
import { LAB_NAME } from '#core/model/ids.ts'
import { decode } from '../decode.ts'

/** What a tab may say: which lab it wants whole, or that it missed something. */
const askSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('watch'), lab: z.string().regex(LAB_NAME, 'not a lab name').nullable() }),
  z.strictObject({ type: z.literal('resync') }),
])

export type LiveAsk = z.infer<typeof askSchema>

/** Far more than any of them needs. */
export const MAX_ASK_BYTES = 1_024

/** What a tab said. BAD_INPUT. */
export function decodeAsk(text: string): LiveAsk {
  return decode(askSchema, parsed(text), 'message')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { LabIntent } from '#core/model/lab.ts'
import { isIntentReadable } from '../bodies.ts'
import type { Origin } from '../port.ts'

/** What is kept of a revision besides its entry in the list: enough to show it, and to bring it up again. */
export interface RevisionDocument {
  readonly topology: string
  readonly fileName: string | null
  readonly intent: LabIntent
}

/** A longer text is not kept: the intent, which is what counts, is much smaller. In UTF-16 units. */
const MAX_TOPOLOGY = 4 * 1024 * 1024

const Document = z.looseObject({
  topology: z.string(),
  fileName: z.string().nullable(),
  intent: z.custom<LabIntent>(isIntentReadable),
})

/** JSON in UTF-8, and its digest (hex). */
export function encodeDocument(
  intent: LabIntent,
  origin: Pick<Origin, 'topology' | 'fileName'>,
): { readonly bytes: Uint8Array; readonly sha256: string } {
  const topology = origin.topology.length > MAX_TOPOLOGY ? '' : origin.topology
  const document: RevisionDocument = { topology, fileName: origin.fileName ?? null, intent }
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** What `encodeDocument` wrote, on any host. Throws CORRUPT_STORE where it is something else. */
export function decodeDocument(bytes: Uint8Array): RevisionDocument {
  try {
    return Document.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new MeshError('CORRUPT_STORE', 'a kept revision of a lab cannot be read', {}, cause)
  }
}

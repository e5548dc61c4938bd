import { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
/** Engines themselves allow 127 layers. */
const MAX_LAYERS = 512

/** Whose image; docker's unless told. */
const provider = z.literal('lxd').exactOptional()
/** Asks a host what an image is made of. */
export const PartsAsk = z.object({ id: Digest, provider })
export type PartsAsk = z.infer<typeof PartsAsk>
/** Null where the image is not there. */
export const PartsAnswer = z
  .object({
    layers: z.array(Digest).max(MAX_LAYERS),
    sizeBytes: z.number().min(0),
    headBytes: z.int().min(1).exactOptional(),
  })
  .nullable()

/** Asks for the configuration of an image (`digest` is its id; of LXD that is all of it) or for a layer, from `offset` on, in bytes. */
export const BlobAsk = z.object({ id: Digest, provider, digest: Digest, offset: z.int().min(0) })
export type BlobAsk = z.infer<typeof BlobAsk>

/** The ask for a part, as it came. Throws BAD_INPUT. */
export const readBlobAsk = (body: unknown): BlobAsk => read(BlobAsk, body)

/** What came, by its schema. Throws BAD_INPUT. */
export const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const found = schema.safeParse(body)
  if (found.success) return found.data
  throw new MeshError('BAD_INPUT', 'malformed request for an image')
}

/** Good for one part, once, at this TCP port of the giver's overlay address; null where it gives nothing there. */
export const Ticket = z
  .object({ port: z.int().min(1).max(65_535), ticket: z.string().regex(/^[0-9a-f]{64}$/) })
  .nullable()

/** What a blob's bytes begin with: how many there are of it, from its very beginning, as an unsigned integer with the high byte first. */
export const HEAD_BYTES = 8

/** As `HEAD_BYTES` says. */
export const headOf = (sizeBytes: number): Uint8Array => {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeBigUInt64BE(BigInt(sizeBytes))
  return head
}

/** The part of a configuration that says what the layers are: `moby/image-spec`, v1.2. */
export const Config = z.looseObject({ rootfs: z.looseObject({ diff_ids: z.array(z.string()) }) })

import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { Bytes, Exec, SocketCommand } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import type { ImageFiles, Images } from '../images.ts'
import { decodeJson } from '../tool-output.ts'
import { parseImageName } from './image-name.ts'
import { partsOf } from './multipart.ts'
import { CHANGE_TIMEOUT_MS } from './requests.ts'

/** Which LXD, and the doors to it. */
export interface LxdImages {
  /** Asked each time: LXD may be installed later. */
  socket(): string
  readonly exec: Exec
  readonly bytes: Bytes
}

/** Unpacking a distribution's image of gigabytes on a slow disk. */
const LOAD_TIMEOUT_MS = 1_800_000

const Listed = z.looseObject({ metadata: z.looseObject({ fingerprint: z.string(), size: z.number() }) })

const fingerprintOf = (id: string): string => id.replace('sha256:', '')

/**
 * Images of LXD. One is a single file, or metadata and root file system; its fingerprint is the sha256 of these, one after the other (LXD,
 * "Image format"), which is what travels as one part.
 */
export const createLxdImages = ({ socket, exec, bytes }: LxdImages): Images => {
  const exported = (id: string, signal: AbortSignal) =>
    partsOf(bytes({ socket: socket(), method: 'GET', path: `/1.0/images/${fingerprintOf(id)}/export` }, signal))
  return {
    parts: async (id) => {
      const path = `/1.0/images/${fingerprintOf(id)}`
      const { code, stdout } = await exec.run({ socket: socket(), method: 'GET', path, okStatus: [200, 404] })
      if (code === 404) return undefined
      const { fingerprint, size } = decodeJson('LXD image', stdout, Listed).metadata
      if (`sha256:${fingerprint}` !== id) return undefined
      const headBytes = await firstPartBytes(exported(id, AbortSignal.timeout(CHANGE_TIMEOUT_MS)))
      return { layers: [], sizeBytes: size, ...(headBytes === undefined ? {} : { headBytes }) }
    },
    archive: async function* (id, signal) {
      yield { bytes: all(exported(id, signal)) }
    },
    load: async (image) => {
      await exec.run(await importCommand(socket(), image))
      await giveName({ socket: socket(), exec }, image)
    },
  }
}

async function* all(parts: AsyncIterable<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array, void> {
  for await (const part of parts) yield* part
}

/** Undefined where there is only one part: its end is not waited for. */
async function firstPartBytes(parts: ReturnType<typeof partsOf>): Promise<number | undefined> {
  for await (const part of parts) {
    if (!part.isOfSeveral) return undefined
    let count = 0
    for await (const chunk of part) count += chunk.length
    return count
  }
  return undefined
}

const importCommand = async (
  socket: string,
  { name, configFile: path, headBytes }: ImageFiles,
): Promise<ExplainedRequest> => {
  const common = {
    socket,
    method: 'POST',
    path: '/1.0/images',
    awaitsEnd: true,
    timeoutMs: LOAD_TIMEOUT_MS,
    harmless: ['already exists'],
    failures: { other: { code: 'TOOL_FAILED', message: `LXD image ${name} came whole, and cannot be loaded` } },
  } as const
  if (headBytes === undefined) return { ...common, pieces: [{ path }] }
  if (headBytes >= (await stat(path)).size)
    throw new MeshError('TOOL_FAILED', `LXD image ${name} has no root file system`)
  const boundary = `skein-${randomBytes(16).toString('hex')}`
  const head = (part: string): Uint8Array =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${part}"; filename="${part}"\r\n\r\n`)
  const pieces: NonNullable<SocketCommand['pieces']> = [
    ...[head('metadata'), { path, endBytes: headBytes }, Buffer.from('\r\n')],
    ...[head('rootfs'), { path, startBytes: headBytes }, Buffer.from(`\r\n--${boundary}--\r\n`)],
  ]
  return { ...common, pieces, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}

/** The name labs call it by, where nothing has it here. */
const giveName = async (
  { socket, exec }: { readonly socket: string; readonly exec: Exec },
  { id, name }: ImageFiles,
): Promise<void> => {
  if (parseImageName(name).type !== 'alias') return
  const body = { name, target: fingerprintOf(id) }
  const path = '/1.0/images/aliases'
  const made: ExplainedRequest = { socket, method: 'POST', path, body, harmless: ['already exists'] }
  await exec.run(made)
}

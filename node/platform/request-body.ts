import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { FilePiece, SocketCommand } from './exec.ts'

/** Body of a request and the headers that tell of it. */
export interface RequestBody {
  readonly body?: string | Readable
  readonly headers: Readonly<Record<string, string>>
}

/** Parts of a form need a line that is in none of them (RFC 2046 §5.1.1). */
const BOUNDARY = 'skein-6f0d2a7be4c14a5d9c3fbb0e8a1d7735'

/** JSON, a text, pieces in a row, one file as it is, several as a form (RFC 7578), or nothing. Files are streamed. Rejects where one cannot be read. */
export const bodyOf = async (command: SocketCommand): Promise<RequestBody> => {
  const { body, text, pieces, files = [], headers = {} } = command
  const [first, ...more] = files
  if (pieces !== undefined) return joined(pieces, headers)
  if (text !== undefined) return { body: text, headers: { ...headers, 'content-type': 'application/octet-stream' } }
  if (first === undefined) {
    if (body === undefined) return { headers }
    return { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
  }
  if (more.length === 0) {
    const { size } = await stat(first.path)
    const type = { 'content-type': 'application/octet-stream', 'content-length': String(size) }
    return { body: createReadStream(first.path), headers: { ...headers, ...type } }
  }
  return form(files, headers)
}

/** Each read waits for another thread. */
const READ_BYTES = 1024 * 1024

const joined = async (
  pieces: NonNullable<SocketCommand['pieces']>,
  headers: Readonly<Record<string, string>>,
): Promise<RequestBody> => {
  const sizes = await Promise.all(pieces.map(async (piece) => ('path' in piece ? sizeOf(piece) : piece.length)))
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      if ('path' in piece) for await (const chunk of createReadStream(piece.path, rangeOf(piece))) yield chunk as Buffer
      else yield piece
    }
  }
  const length = String(sizes.reduce((sum, size) => sum + size, 0))
  const type = { 'content-type': 'application/octet-stream', 'content-length': length }
  return { body: Readable.from(bytes(), { objectMode: false }), headers: { ...type, ...headers } }
}

const sizeOf = async ({ path, startBytes = 0, endBytes }: FilePiece): Promise<number> =>
  (endBytes ?? (await stat(path)).size) - startBytes

const rangeOf = ({ startBytes = 0, endBytes }: FilePiece) => ({
  highWaterMark: READ_BYTES,
  start: startBytes,
  ...(endBytes === undefined ? {} : { end: endBytes - 1 }),
})

const form = async (
  files: NonNullable<SocketCommand['files']>,
  headers: Readonly<Record<string, string>>,
): Promise<RequestBody> => {
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size))
  const heads = files.map(({ part }) => head(part))
  const text = [...heads, ...files.map(() => '\r\n'), END].reduce((sum, one) => sum + Buffer.byteLength(one), 0)
  const length = sizes.reduce((sum, size) => sum + size, text)
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (const [i, { path }] of files.entries()) {
      yield Buffer.from(heads[i] ?? '')
      for await (const chunk of createReadStream(path)) yield chunk as Buffer
      yield Buffer.from('\r\n')
    }
    yield Buffer.from(END)
  }
  const type = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': String(length) }
  return { body: Readable.from(pieces()), headers: { ...headers, ...type } }
}

const END = `--${BOUNDARY}--\r\n`

const head = (part: string): string =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${part}"; filename="${part}"\r\ncontent-type: application/octet-stream\r\n\r\n`

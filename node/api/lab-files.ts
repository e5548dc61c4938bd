import { createHash } from 'node:crypto'
import { MeshError } from '#core/model/errors.ts'
import type { LabFile } from '#core/model/lab.ts'
import { type LabBody, MAX_FILES, MAX_FILES_BYTES } from './schemas.ts'

/** Files of a lab, checked: their list, and their contents by sha256 (hex). */
export interface ReceivedFiles {
  readonly files: readonly LabFile[]
  readonly contents: ReadonlyMap<string, Uint8Array>
}

/** Names of files on Linux hold 255 bytes, paths 4096 (limits.h). */
const MAX_SEGMENT_BYTES = 255
const MAX_PATH_BYTES = 4096
/** Each folder of each path is looked at: without an end to them a thousand paths would take seconds. */
const MAX_SEGMENTS = 64

/** Why `path` may not be written below a lab's folder; undefined where it may. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (path.startsWith('/')) return 'is absolute'
  if (path.includes('\0')) return 'has a NUL byte'
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  const segments = path.split('/')
  if (segments.length > MAX_SEGMENTS) return `is more than ${MAX_SEGMENTS} folders deep`
  if (segments.includes('..')) return 'leaves the folder of the lab'
  if (segments.some((segment) => segment === '' || segment === '.')) return 'is not in its shortest form'
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) return 'has a name that is too long'
  return undefined
}

function decodeBase64(path: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text)
    throw new MeshError('BAD_INPUT', `file ${path}: contentBase64 is not base64`, { path })
  return bytes
}

/** Decodes and digests what was sent. BAD_INPUT: a path that leaves the lab, doubles, not base64, too many or too large. */
export function receiveFiles(sent: LabBody['files']): ReceivedFiles {
  if (sent.length > MAX_FILES) throw new MeshError('BAD_INPUT', `${sent.length} files; a lab may bring ${MAX_FILES}`)
  const files = new Map<string, LabFile>()
  const contents = new Map<string, Uint8Array>()
  let total = 0
  for (const { path, mode, contentBase64 } of sent) {
    const fault = pathFault(path)
    if (fault !== undefined) throw new MeshError('BAD_INPUT', `file path ${JSON.stringify(path)} ${fault}`, { path })
    if (files.has(path)) throw new MeshError('BAD_INPUT', `file ${path} was sent twice`, { path })
    const bytes = decodeBase64(path, contentBase64)
    total += bytes.length
    if (total > MAX_FILES_BYTES) {
      throw new MeshError('BAD_INPUT', `the files are more than ${MAX_FILES_BYTES} bytes together`, {
        limitBytes: MAX_FILES_BYTES,
      })
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    files.set(path, { path, sha256, sizeBytes: bytes.length, mode })
    contents.set(sha256, bytes)
  }
  refuseFileAsFolder(files)
  return { files: [...files.values()], contents }
}

function refuseFileAsFolder(files: ReadonlyMap<string, LabFile>): void {
  for (const path of files.keys()) {
    for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
      const folder = path.slice(0, cut)
      if (files.has(folder))
        throw new MeshError('BAD_INPUT', `${folder} is sent as a file and as a folder`, { path: folder })
    }
  }
}

import { chmod, chown, lstat, mkdir, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { MeshError } from '#core/model/errors.ts'

/** `sun_path` holds 108 bytes with its final NUL, unix(7). */
const MAX_SOCKET_PATH_BYTES = 107

/**
 * Makes the folder of a unix socket (0750, group `gid` where given) and removes a socket that a dead process left.
 * BAD_INPUT where another process answers on it, where something else is in its place, or where the path is too long.
 */
export async function clearSocketPath(path: string, gid: number | undefined): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new MeshError('BAD_INPUT', `the socket path ${path} is longer than ${MAX_SOCKET_PATH_BYTES} bytes`)
  }
  const folder = dirname(path)
  const made = await mkdir(folder, { recursive: true, mode: 0o750 })
  if (made !== undefined) await chmod(folder, 0o750)
  if (made !== undefined && gid !== undefined) await chown(folder, -1, gid)
  const kind = await kindOf(path)
  if (kind === 'absent') return
  if (kind === 'other') throw new MeshError('BAD_INPUT', `${path} is in the way: it is not a socket`)
  if (await isAnswered(path)) {
    throw new MeshError('BAD_INPUT', `another agent is running: it answers on ${path}`, { socket: path })
  }
  await unlink(path)
}

/** Lets root and the group in, and nobody else. */
export async function guardSocket(path: string, gid: number | undefined): Promise<void> {
  if (gid !== undefined) await chown(path, -1, gid)
  await chmod(path, 0o660)
}

async function kindOf(path: string): Promise<'absent' | 'socket' | 'other'> {
  try {
    return (await lstat(path)).isSocket() ? 'socket' : 'other'
  } catch {
    return 'absent'
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

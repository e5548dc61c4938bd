import type { SocketCommand } from '#platform/exec.ts'
import type { Explanation } from '#platform/explained.ts'

/** How the instances of one LXD are made. */
export interface LxdOptions {
  readonly socket: string
  /** Storage pool of root disks, as last seen. */
  pool(): string
  /** False where the kernel has no IPv6: then its sysctls are not there to set. */
  readonly ipv6: boolean
}

/** Sockets as the Debian package and the snap make them. */
export const LXD_SOCKETS = ['/var/lib/lxd/unix.socket', '/var/snap/lxd/common/lxd/unix.socket'] as const

/** Making, starting and removing on a busy host, where images are unpacked. */
export const CHANGE_TIMEOUT_MS = 120_000

/** Path of an instance, or of what is below it. */
export const instancePath = (name: string, below = ''): string => `/1.0/instances/${encodeURIComponent(name)}${below}`

/** What is read of one LXD. */
export const readCommands = (socket: string) => ({
  server: { socket, method: 'GET', path: '/1.0', timeoutMs: 5000 } as const,
  instances: { socket, method: 'GET', path: '/1.0/instances?recursion=1' } as const,
  images: { socket, method: 'GET', path: '/1.0/images?recursion=1' } as const,
  pools: { socket, method: 'GET', path: '/1.0/storage-pools?recursion=0' } as const,
  operations: { socket, method: 'GET', path: '/1.0/operations?recursion=1' } as const,
  /** Status 404 where it went away meanwhile. */
  state: (name: string): SocketCommand => ({
    socket,
    method: 'GET',
    path: instancePath(name, '/state'),
    okStatus: [200, 404],
  }),
})

/** A failure, for people. */
export const failed = (message: string): Explanation => ({ code: 'TOOL_FAILED', message })

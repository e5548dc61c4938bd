/** Where a file that a topology names is: where it is read from, and under which path it travels with the lab. */
export type FileSource =
  /** A path that every host has for itself. */
  | { readonly type: 'host'; readonly path: string }
  | {
      readonly type: 'travels'
      /** Relative to the lab's folder, normalised. */
      readonly path: string
      /** Where it is read: absolute, from `~`, or relative to the lab's folder. */
      readonly from: string
      readonly isFolder: boolean
      /** True where a host's own path may stand in for it: it is absolute. */
      readonly mayBeHosts: boolean
    }
  | { readonly type: 'refused'; readonly reason: string }

/** Below this, the lab's folder holds what is not from it; one name for each place files come from. */
const AWAY = '.skein'

/** What is the system's own: sockets, devices, kernel modules, other programs' state. Sending it to another host would be a mistake there. */
const OF_HOSTS: readonly string[] = [
  ...['/bin', '/boot', '/dev', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys', '/usr', '/var/lib/docker'],
  ...['/var/log', '/var/run', '/etc/localtime', '/etc/timezone', '/etc/resolv.conf', '/etc/hosts', '/tmp/.X11-unix'],
]

/** The steps of a path, without empty ones and `.`. */
export const pathSteps = (path: string): readonly string[] =>
  path.split('/').filter((step) => step !== '' && step !== '.')

/** Resolves a source against the lab's folder, by the letters alone; the file system is never asked. */
export function fileSource(source: string): FileSource {
  const isFolder = source.endsWith('/')
  if (source.startsWith('/')) return absolute(source, isFolder)
  const home = /^~(\/|$)/.exec(source) !== null
  if (source.startsWith('~') && !home) return { type: 'refused', reason: 'only `~/`, your own home, is known' }
  const { up, path } = walk(home ? source.slice(1) : source)
  if (up > 0 && home) return { type: 'refused', reason: 'it leaves your home by `..`; write the whole path' }
  if (path.length === 0 && !home && up === 0)
    return { type: 'travels', path: `${AWAY}/lab`, from: '.', isFolder: true, mayBeHosts: false }
  if (path.length === 0)
    return { type: 'refused', reason: `it is ${home ? 'your whole home' : WHOLE}; name a file or a folder within` }
  const prefix = home ? `${AWAY}/home/` : up > 0 ? `${AWAY}/up-${up}/` : ''
  const from = home ? `~/${path.join('/')}` : `${'../'.repeat(up)}${path.join('/')}`
  return { type: 'travels', path: `${prefix}${path.join('/')}`, from, isFolder, mayBeHosts: false }
}

function absolute(source: string, isFolder: boolean): FileSource {
  const { path } = walk(source)
  const plain = `/${path.join('/')}`
  if (path.length === 0 || OF_HOSTS.some((place) => plain === place || plain.startsWith(`${place}/`)))
    return { type: 'host', path: source }
  return { type: 'travels', path: `${AWAY}/abs${plain}`, from: plain, isFolder, mayBeHosts: true }
}

/** Where text of the topology itself becomes a file. */
export const inlinePath = (node: string, end: 'cfg' | 'license' = 'cfg'): string => `${AWAY}/inline/${node}.${end}`

/** Where the configuration is that nodes of a kind start with by themselves. */
export const kindPath = (kind: string): string => `${AWAY}/kinds/${kind}.cfg`

/** Where what is at an address becomes a file; the digest of the address would tell nobody anything. */
export const urlPath = (node: string, file: string): string => `${AWAY}/url/${node}/${file}`

const WHOLE = "a folder around the lab's"

/** Takes `..` out; `up`: how many lead out of where the path begins. */
function walk(path: string): { readonly up: number; readonly path: readonly string[] } {
  const kept: string[] = []
  let up = 0
  for (const step of pathSteps(path)) {
    if (step !== '..') kept.push(step)
    else if (kept.pop() === undefined) up += 1
  }
  return { up, path: kept }
}

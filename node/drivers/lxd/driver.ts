import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'
import type { Image, Op, Resource, Workload } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import type { Driver, Probe, Watch } from '../driver.ts'
import { workloadCommands } from './commands.ts'
import { lifecycleSource } from './events.ts'
import { FILES_PROPERTY, parseImageName } from './image-name.ts'
import {
  type OwnInstance,
  ownInstances,
  parseImages,
  parsePool,
  parseRestarts,
  parseVersion,
  toWorkload,
} from './parse.ts'
import { LXD_SOCKETS, readCommands } from './requests.ts'

export interface LxdDriverOptions {
  readonly socket: string
  /** Whether LXD was ever set up here. Where it was, silence means that nothing is known, not that nothing is there. */
  isInstalled(): boolean
  readonly ipv6: boolean
}

/** The socket of this host's LXD: that of the package, or of the snap where only that is there. */
export const lxdSocket = (): string => LXD_SOCKETS.find((socket) => isInstalled(socket)) ?? LXD_SOCKETS[0]

/** LXD keeps its database beside its socket, also while it is stopped. */
const isInstalled = (socket: string): boolean => existsSync(socket) || existsSync(join(dirname(socket), 'database'))

const withDefaults = (options: Partial<LxdDriverOptions>): LxdDriverOptions => {
  const socket = options.socket ?? lxdSocket()
  return {
    socket,
    isInstalled: options.isInstalled ?? (() => isInstalled(socket)),
    ipv6: options.ipv6 ?? existsSync('/proc/sys/net/ipv6'),
  }
}

/**
 * LXD system containers as lab nodes, by LXD's socket; no `lxc` command is used. On a host that never had LXD nothing is seen and
 * nothing is listened to. Options default to this machine's.
 */
export const createLxdDriver = (some: Partial<LxdDriverOptions> = {}): Driver<Workload> & Watch => {
  const options = withDefaults(some)
  const { socket, ipv6 } = options
  let pool: string | undefined
  const seePool = async (exec: Exec): Promise<void> => {
    pool ??= parsePool((await exec.run(readCommands(socket).pools)).stdout)
  }
  return {
    name: 'lxd',
    owns: (resource: Resource): resource is Workload => resource.kind === 'workload' && resource.provider === 'lxd',
    probe: (exec) => probe(exec, socket),
    observe: async (exec) => {
      if (!options.isInstalled()) return []
      const [seen] = await Promise.all([observeInstances(exec, socket), seePool(exec)])
      return seen
    },
    steps: (ops) =>
      ops.map((op) => ({
        ops: [op],
        commands: workloadCommands({ socket, ipv6, pool: () => pool ?? 'default' }, op),
      })),
    sources: () => (options.isInstalled() ? [lifecycleSource(socket)] : []),
  }
}

/**
 * Images of LXD. They carry no mark: `observe` tells every name of every image, and nothing is ever deleted. One that comes with a lab
 * is made from its files; any other comes from another host, or is IMAGE_MISSING.
 */
export const createLxdImageDriver = (some: Partial<LxdDriverOptions> = {}): Driver<Image> & Watch => {
  const options = withDefaults(some)
  const { socket } = options
  return {
    name: 'lxd-image',
    owns: (resource: Resource): resource is Image => resource.kind === 'image' && resource.provider === 'lxd',
    probe: (exec) => probe(exec, socket),
    observe: async (exec) =>
      options.isInstalled() ? parseImages((await exec.run(readCommands(socket).images)).stdout) : [],
    steps: (ops) => ops.map((op) => ({ ops: [op], commands: imageCommands(socket, op) })),
    sources: () => (options.isInstalled() ? [lifecycleSource(socket)] : []),
  }
}

/** Unpacking a distribution's image on a slow disk. */
const IMPORT_TIMEOUT_MS = 600_000

const imageCommands = (socket: string, op: Op<Image>): readonly ExplainedRequest[] => {
  if (op.type !== 'create') return []
  const { name, files = [], digest } = op.to
  const message = `LXD on this host has no image ${name}`
  const sought = digest === undefined ? name : digest.replace('sha256:', '')
  if (files.length === 0)
    return [{ ...lookUp(socket, sought), failures: { other: { code: 'IMAGE_MISSING', message } } }]
  const parsed = parseImageName(name)
  const digests = parsed.type === 'files' ? parsed.digests : ''
  const parts = files.map((path, i) => ({ part: i === 0 ? 'metadata' : 'rootfs', path }))
  return [
    {
      socket,
      method: 'POST',
      path: '/1.0/images',
      files: parts,
      headers: { 'x-lxd-properties': new URLSearchParams({ [FILES_PROPERTY]: digests }).toString() },
      awaitsEnd: true,
      timeoutMs: IMPORT_TIMEOUT_MS,
      harmless: ['already exists'],
      failures: { other: { code: 'IMAGE_MISSING', message: `${message}, and cannot make it of its files` } },
    },
  ]
}

/** Fails where it is not there: nobody knows where to get it from. */
const lookUp = (socket: string, name: string): ExplainedRequest => {
  const parsed = parseImageName(name)
  const path = parsed.type === 'alias' ? `aliases/${encodeURIComponent(parsed.alias)}` : name
  return { socket, method: 'GET', path: `/1.0/images/${path}` }
}

/** Whether LXD answers here and has a pool for root disks; undefined where it is there and takes too long to say. Never rejects. */
export const canRunLxd = async (exec: Exec, options: Partial<LxdDriverOptions> = {}): Promise<boolean | undefined> => {
  const { socket = lxdSocket(), isInstalled: isThere = isInstalled } = options
  if (!isThere(socket)) return false
  try {
    return parsePool((await exec.run({ ...readCommands(socket).pools, timeoutMs: 5_000 })).stdout) !== undefined
  } catch (error) {
    return error instanceof MeshError && error.code === 'TIMEOUT' ? undefined : false
  }
}

const probe = async (exec: Exec, socket: string): Promise<Probe> => {
  try {
    return { ok: true, version: parseVersion((await exec.run(readCommands(socket).server)).stdout) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const isMissing = error instanceof MeshError && error.code === 'TOOL_MISSING'
    const hint = isMissing ? 'Install it with `./install.sh --deps --lxd`.' : 'See the log of LXD.'
    return { ok: false, message, hint }
  }
}

const observeInstances = async (exec: Exec, socket: string): Promise<readonly Workload[]> => {
  const read = readCommands(socket)
  const own = ownInstances((await exec.run(read.instances)).stdout)
  const one = async (found: OwnInstance): Promise<readonly Workload[]> => {
    const { code, stdout } = await exec.run(read.state(found.instance.name))
    return code === 404 ? [] : [toWorkload(found, stdout)]
  }
  const seen = (await Promise.all(own.map(one))).flat()
  if (seen.every(({ state }) => state === 'running')) return seen
  // A start of ours between its stop and its start would make somebody's restart fail.
  const restarting = parseRestarts((await exec.run(read.operations)).stdout)
  return seen.map((each) => (restarting.has(each.containerId ?? '') ? { ...each, state: 'running' } : each))
}

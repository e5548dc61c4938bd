import { existsSync } from 'node:fs'
import { MeshError } from '#core/model/errors.ts'
import type { Image, Op, Resource, Workload } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { Driver, Probe, Watch } from '../driver.ts'
import { hasAllCapabilities } from './capabilities.ts'
import {
  DOCKER_SOCKET,
  type DockerOptions,
  inspectCommand,
  listCommands,
  mustBeThere,
  pullCommand,
  workloadCommands,
} from './commands.ts'
import { containerSource, imageSource } from './events.ts'
import { namesOf, ownContainers, parseContainer, parseImages, parseVersion } from './parse.ts'

/** Containers as lab nodes, by the engine's socket; no `docker` command is used. Options default to this machine's. */
export const createDockerDriver = (options: Partial<DockerOptions> = {}): Driver<Workload> & Watch => {
  const socket = options.socket ?? DOCKER_SOCKET
  const ipv6 = options.ipv6 ?? existsSync('/proc/sys/net/ipv6')
  const isAlive = options.isAlive ?? hasNamespace
  const grantsAll = options.grantsAll ?? hasAllCapabilities()
  return {
    name: 'docker',
    owns: (resource: Resource): resource is Workload => resource.kind === 'workload' && resource.provider === 'docker',
    probe: (exec) => probe(exec, socket),
    observe: (exec) => observeWorkloads(exec, { socket, isAlive }),
    steps: (ops) =>
      ops.map((op) => ({ ops: [op], commands: workloadCommands({ socket, ipv6, grantsAll, isAlive }, op) })),
    sources: () => [containerSource(socket)],
  }
}

/**
 * Images of the engine. They carry no mark: `observe` tells every name of every image of this host, and nothing is ever
 * deleted. A pull that fails is IMAGE_MISSING.
 */
export const createDockerImageDriver = (
  options: Pick<Partial<DockerOptions>, 'socket'> = {},
): Driver<Image> & Watch => {
  const socket = options.socket ?? DOCKER_SOCKET
  return {
    name: 'docker-image',
    owns: (resource: Resource): resource is Image => resource.kind === 'image' && resource.provider !== 'lxd',
    probe: (exec) => probe(exec, socket),
    observe: async (exec) => namesOf(parseImages((await exec.run(listCommands(socket).images)).stdout)),
    steps: (ops) => ops.map((op) => ({ ops: [op], commands: imageCommands(socket, op) })),
    sources: () => [imageSource(socket)],
  }
}

const imageCommands = (socket: string, op: Op<Image>) => {
  if (op.type !== 'create') return []
  const { mayFetch, digest } = op.to
  return [
    ...(mayFetch === false ? [] : [pullCommand(socket, op.to)]),
    ...(mayFetch === false || digest !== undefined ? [mustBeThere(socket, op.to)] : []),
  ]
}

const probe = async (exec: Exec, socket: string): Promise<Probe> => {
  try {
    return { ok: true, version: parseVersion((await exec.run(listCommands(socket).version)).stdout) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      ok: false,
      message,
      hint: error instanceof MeshError ? error.hint : 'Report it with the log of the agent.',
    }
  }
}

/** A process that has ended and waits to be collected has none any more: proc(5). */
const hasNamespace = (pid: number): boolean => existsSync(`/proc/${pid}/ns/net`)

const observeWorkloads = async (
  exec: Exec,
  { socket, isAlive }: Pick<DockerOptions, 'socket' | 'isAlive'>,
): Promise<readonly Workload[]> => {
  const list = listCommands(socket)
  const [containers, images] = await Promise.all([exec.run(list.containers), exec.run(list.images)])
  const own = ownContainers(containers.stdout, parseImages(images.stdout))
  const read = await Promise.all(own.map(({ Id }) => exec.run(inspectCommand(socket, Id))))
  return read.flatMap(({ code, stdout }) => (code === 404 ? [] : (parseContainer(stdout, isAlive) ?? [])))
}

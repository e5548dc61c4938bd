import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { Workload } from '#core/model/resource.ts'
import type { Exec, SocketCommand } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import type { NodeSnapshot, Snapshots } from '../snapshots.ts'
import { decodeJson } from '../tool-output.ts'
import { ownerText } from './mark.ts'
import { nameOf } from './names.ts'
import { failed, instancePath } from './requests.ts'

/** A snapshot on storage that copies takes as long as the copy. */
const SNAPSHOT_TIMEOUT_MS = 600_000

const Listed = z.looseObject({
  metadata: z.array(z.looseObject({ name: z.string(), created_at: z.string().nullish(), size: z.number().nullish() })),
})

const Whole = z.looseObject({
  metadata: z.looseObject({
    config: z.record(z.string(), z.string()),
    devices: z.record(z.string(), z.record(z.string(), z.string())),
  }),
})

/** LXD's own snapshots of instances: they go with their instance, so nothing is ever left over. */
export const createLxdSnapshots = (exec: Exec, socket: string): Snapshots => ({
  provider: 'lxd',
  take: async (workload, name) => {
    await exec.run(ours(socket, workload))
    const body = { name, stateful: false }
    const message = `cannot take snapshot ${name} of ${workload.node}`
    await exec.run(change({ socket, method: 'POST', path: snapshotPath(workload), body }, message))
  },
  restore: (workload, name) => restore({ exec, socket }, workload, name),
  list: async (lab, workloads) =>
    (
      await Promise.all(
        workloads
          .filter((one) => one.lab === lab && one.provider === 'lxd')
          .map((one) => listOf({ exec, socket }, one)),
      )
    ).flat(),
  remove: async ({ workload }, name) => {
    if (workload === undefined) return
    const message = `cannot remove snapshot ${name} of ${workload.node}`
    const command = { socket, method: 'DELETE', path: snapshotPath(workload, name) } as const
    await exec.run({ ...change(command, message), okStatus: [200, 404] })
  },
  keepOnly: async () => true,
})

interface Door {
  readonly exec: Exec
  readonly socket: string
}

const snapshotPath = (workload: Workload, name?: string): string =>
  instancePath(nameOf(workload), `/snapshots${name === undefined ? '' : `/${encodeURIComponent(name)}`}`)

const change = (command: SocketCommand, message: string): ExplainedRequest => ({
  ...command,
  awaitsEnd: true,
  timeoutMs: SNAPSHOT_TIMEOUT_MS,
  failures: { other: failed(message) },
})

/** A name may be somebody else's by now. */
const ours = (socket: string, workload: Workload): ExplainedRequest => {
  const message = `LXD instance ${nameOf(workload)} is not of node ${workload.node} of lab ${workload.lab}`
  return {
    socket,
    method: 'GET',
    path: instancePath(nameOf(workload)),
    mustContain: { text: ownerText(workload), otherwise: failed(message) },
  }
}

/**
 * LXD puts the configuration back as well; that of now is what is wanted, so it is set again where the two differ. What LXD keeps
 * there itself (`volatile.`) stays as it left it.
 */
const restore = async ({ exec, socket }: Door, workload: Workload, name: string): Promise<void> => {
  const before = readWhole((await exec.run(ours(socket, workload))).stdout)
  const known = await listOf({ exec, socket }, workload)
  if (!known.some((one) => one.name === name))
    throw new MeshError('NOT_FOUND', `node ${workload.node} has no snapshot ${name}`)
  const path = instancePath(nameOf(workload))
  const message = `cannot put ${workload.node} back to snapshot ${name}`
  await exec.run(change({ socket, method: 'PUT', path, body: { restore: name } }, message))
  const after = readWhole((await exec.run({ socket, method: 'GET', path })).stdout)
  const wanted = { ...lasting(before.config), ...volatile(after.config) }
  if (same(wanted, after.config) && JSON.stringify(before.devices) === JSON.stringify(after.devices)) return
  const body = { config: wanted, devices: before.devices, profiles: [] }
  await exec.run(change({ socket, method: 'PUT', path, body }, message))
}

const readWhole = (text: string) => decodeJson('LXD instance', text, Whole).metadata

const VOLATILE = /^(volatile|image)\./

const lasting = (config: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !VOLATILE.test(key)))

const volatile = (config: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(config).filter(([key]) => VOLATILE.test(key)))

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys({ ...a, ...b }).every((key) => a[key] === b[key])

const listOf = async ({ exec, socket }: Door, workload: Workload): Promise<readonly NodeSnapshot[]> => {
  const path = `${snapshotPath(workload)}?recursion=1`
  const { code, stdout } = await exec.run({ socket, method: 'GET', path, okStatus: [200, 404] })
  if (code === 404) return []
  return decodeJson('LXD snapshots', stdout, Listed).metadata.map(({ name, created_at, size }) => ({
    node: workload.node,
    // Some versions write the instance before it.
    name: name.slice(name.lastIndexOf('/') + 1),
    createdMs: Date.parse(created_at ?? '') || 0,
    sizeBytes: size == null || size < 0 ? null : size,
  }))
}

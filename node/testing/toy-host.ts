import { MeshError } from '#core/model/errors.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { Op, Resource, Workload } from '#core/model/resource.ts'
import type { Driver } from '#drivers/driver.ts'
import { type FakeExec, fakeExec } from '#drivers/fake-exec.ts'
import type { ProcessCommand } from '#platform/exec.ts'

/** A host in memory whose one tool does what it is told at once, until a test breaks it. */
export interface ToyHost {
  readonly exec: FakeExec
  /** What is on the host, as it would be read back. */
  readonly there: Map<ResourceId, Resource>
  /** Every op tried, oldest first: `create workload/one/r1`. */
  readonly done: string[]
  /** Resources whose ops fail, with what the tool says. */
  readonly broken: Map<ResourceId, string>
  /** A workload that is there ends and starts again: what was plugged into it is gone. */
  restart(workload: Workload): void
  /** Kinds whose driver cannot read the host. */
  readonly blind: Set<Resource['kind']>
  /** One driver per kind; that of `workload` comes first, and owns those of its own engine only, as the real one does. */
  readonly drivers: readonly Driver[]
}

const KINDS: readonly Resource['kind'][] = [
  'workload',
  'image',
  'bridge',
  'nic',
  'shaper',
  'port',
  'wire',
  'vtep',
  'wg-interface',
  'wg-peer',
  'outlet',
]

/** An empty host. */
export const toyHost = (): ToyHost => {
  const there = new Map<ResourceId, Resource>()
  const broken = new Map<ResourceId, string>()
  const blind = new Set<Resource['kind']>()
  const done: string[] = []
  let count = 0
  const exec = fakeExec({
    toy: ([type = '', id = ''], stdin) => {
      done.push(`${type} ${id}`)
      const fault = broken.get(id as ResourceId)
      if (fault !== undefined) return { code: 1, stderr: fault }
      if (type === 'delete') there.delete(id as ResourceId)
      else {
        const resource = JSON.parse(stdin) as Resource
        there.set(resource.id, made(resource, ++count))
      }
      return {}
    },
  })
  const drivers = KINDS.map((kind) => toyDriver(kind, { there, blind }))
  const restart = (workload: Workload): void => {
    const fault = broken.get(workload.id)
    if (fault !== undefined) throw new MeshError('TOOL_FAILED', fault)
    done.push(`restart ${workload.id}`)
    for (const one of [...there.values()]) if (one.kind === 'nic' && one.workload === workload.id) there.delete(one.id)
    there.set(workload.id, made(workload, ++count))
  }
  return { exec, there, done, broken, blind, drivers, restart }
}

const toyDriver = (kind: Resource['kind'], host: Pick<ToyHost, 'there' | 'blind'>): Driver => ({
  name: `toy-${kind}`,
  owns: (resource): resource is Resource =>
    resource.kind === kind && (resource.kind !== 'workload' || resource.provider === 'docker'),
  probe: async () => ({ ok: true, version: '1' }),
  observe: async () => {
    if (host.blind.has(kind)) throw new MeshError('TOOL_FAILED', `the ${kind} tool does not answer`)
    return [...host.there.values()].filter((resource) => resource.kind === kind).map((it) => readBack(it, host.there))
  },
  steps: (ops) => ops.map((op) => ({ ops: [op], commands: [command(op)] })),
})

const command = (op: Op): ProcessCommand =>
  op.type === 'delete'
    ? { file: 'toy', args: ['delete', op.from.id] }
    : { file: 'toy', args: [op.type, op.to.id], stdin: JSON.stringify(op.to) }

/** A resource with what the host itself adds. */
const made = (resource: Resource, count: number): Resource => {
  const whole: Resource = { ...resource, needs: [] }
  if (whole.kind === 'workload') return { ...whole, pid: count, containerId: `c${count}`, startedAt: `start${count}` }
  if (whole.kind === 'nic' || whole.kind === 'vtep') return { ...whole, ifindex: count }
  return whole
}

const readBack = (resource: Resource, there: ToyHost['there']): Resource => {
  if (resource.kind !== 'port') return resource
  const device = [...there.values()].find(
    (other) =>
      (other.kind === 'nic' && other.hostName === resource.device) ||
      (other.kind === 'vtep' && other.device === resource.device),
  )
  return device !== undefined && 'ifindex' in device && device.ifindex !== undefined
    ? { ...resource, ifindex: device.ifindex }
    : resource
}

import type { Op, Workload } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import { instanceBody } from './instance.ts'
import { ownerText } from './mark.ts'
import { instanceName, nameOf } from './names.ts'
import { CHANGE_TIMEOUT_MS, failed, instancePath, type LxdOptions } from './requests.ts'
import { resolverCommands } from './resolver.ts'

/** The commands for one change of one instance, in order; running them twice is harmless. */
export const workloadCommands = (options: LxdOptions, op: Op<Workload>): readonly Command[] => {
  const { socket } = options
  if (op.type === 'create') return create(options, op.to)
  if (op.type === 'delete') return remove(socket, op.from)
  const { from, to } = op
  const isOther = from.specHash !== to.specHash || from.containerName !== to.containerName
  if (isOther || from.fault !== undefined) return [...remove(socket, from), ...create(options, to)]
  if (from.state === 'paused') return [act(socket, from, 'unfreeze')]
  return from.state === 'running' ? [] : [act(socket, from, 'start')]
}

/** What LXD says of an instance that is already what it is to be (lxd/instance/drivers; 5.0). */
const ALREADY: Readonly<Record<Verb, readonly string[]>> = {
  start: ['already running'],
  unfreeze: ['not frozen', 'already running', "isn't frozen"],
  stop: ['already stopped', 'not running'],
}

type Verb = 'start' | 'unfreeze' | 'stop'

/** Starts, thaws or ends an instance; harmless where it is so already. */
export const act = (socket: string, workload: Workload, verb: Verb): ExplainedRequest => ({
  socket,
  method: 'PUT',
  path: instancePath(nameOf(workload), '/state'),
  // Without a word to what runs in it: a lab node that is to go has nothing to save.
  body: { action: verb, timeout: 30, ...(verb === 'stop' ? { force: true } : {}) },
  awaitsEnd: true,
  timeoutMs: CHANGE_TIMEOUT_MS,
  ...(verb === 'stop' ? { okStatus: [200, 404] } : {}),
  harmless: ALREADY[verb],
  failures: { other: failed(`cannot ${verb} LXD instance ${nameOf(workload)}`) },
})

/** A name may be somebody else's by now: what has it is looked at first, and what is not this node's is left alone. */
export const isOurs = (socket: string, workload: Workload, okStatus: readonly number[]): ExplainedRequest => {
  const name = nameOf(workload)
  const why = `is not of node ${workload.node} of lab ${workload.lab}; rename or remove it`
  return {
    socket,
    method: 'GET',
    path: instancePath(name),
    okStatus,
    mustContain: { text: ownerText(workload), otherwise: failed(`an LXD instance named ${name} exists that ${why}`) },
    failures: { other: failed(`cannot look at LXD instance ${name}`) },
  }
}

/** Its snapshots go with it. */
const remove = (socket: string, workload: Workload): readonly ExplainedRequest[] => [
  isOurs(socket, workload, [200, 404]),
  act(socket, workload, 'stop'),
  {
    socket,
    method: 'DELETE',
    path: instancePath(nameOf(workload)),
    awaitsEnd: true,
    timeoutMs: CHANGE_TIMEOUT_MS,
    okStatus: [200, 404],
    failures: { other: failed(`cannot remove LXD instance ${nameOf(workload)}`) },
  },
]

/** A taken name may be our own earlier attempt: the second command tells, before anything is started by that name. */
const create = (options: LxdOptions, wanted: Workload): readonly Command[] => {
  const { socket } = options
  const workload = { ...wanted, containerId: instanceName(wanted.containerName) }
  const made: ExplainedRequest = {
    socket,
    method: 'POST',
    path: '/1.0/instances',
    body: instanceBody(options, workload),
    awaitsEnd: true,
    timeoutMs: CHANGE_TIMEOUT_MS,
    harmless: ['already exists', 'already in use'],
    failures: {
      404: {
        code: 'IMAGE_MISSING',
        message: `LXD on this host has no image ${workload.spec.image}, which ${workload.lab}/${workload.node} asks for`,
      },
      other: failed(`cannot make LXD instance ${workload.containerId}`),
    },
  }
  return [made, isOurs(socket, workload, [200]), ...resolverCommands(socket, workload), act(socket, workload, 'start')]
}

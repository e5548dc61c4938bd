import * as z from 'zod'
import type { ExtContainer, HostBridge, Resource } from '#core/model/resource.ts'
import { extContainerId, hostBridgeId } from '#core/model/resource-ids.ts'
import type { Outside } from '#core/plan/outside.ts'
import type { Exec } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import type { Driver } from '../driver.ts'
import { decodeJson, parseIpLinks, probeTools } from '../tool-output.ts'

export interface OutsideOptions {
  /** Of the container engine. */
  readonly socket: string
  /** What the labs of this host use now. */
  asked(): Outside
}

/**
 * Containers and bridges of the host that somebody else made and links end in. They are only looked at: nothing is ever made, changed
 * or deleted. A container that is wanted and does not run is told as NOT_FOUND.
 */
export const createOutsideDriver = ({ socket, asked }: OutsideOptions): Driver<ExtContainer | HostBridge> => ({
  name: 'outside',
  owns: (resource: Resource): resource is ExtContainer | HostBridge =>
    resource.kind === 'ext-container' || resource.kind === 'host-bridge',
  probe: (exec) => probeTools(exec, [{ file: 'ip', args: ['-V'] }]),
  observe: async (exec) => {
    const { containers, bridges } = asked()
    const [found, there] = await Promise.all([
      Promise.all(containers.map((one) => container(exec, { socket, ...one }))),
      bridges.length === 0 ? [] : hostBridges(exec, bridges),
    ])
    return [...found.flat(), ...there]
  },
  steps: (ops) =>
    ops.flatMap((op) =>
      op.type !== 'delete' && op.to.kind === 'ext-container' ? [{ ops: [op], commands: [mustRun(socket, op.to)] }] : [],
    ),
})

type Asked = Outside['containers'][number] & { readonly socket: string }

const inspect = (socket: string, name: string) =>
  ({ socket, method: 'GET', path: `/containers/${encodeURIComponent(name)}/json` }) as const

const Inspected = z.looseObject({ State: z.looseObject({ Running: z.boolean(), Pid: z.number() }) })

const container = async (exec: Exec, { socket, lab, node, containerName }: Asked): Promise<readonly ExtContainer[]> => {
  const { code, stdout } = await exec.run({ ...inspect(socket, containerName), okStatus: [200, 404] })
  if (code === 404) return []
  const { State } = decodeJson(`inspection of container ${containerName}`, stdout, Inspected)
  if (!State.Running) return []
  return [{ kind: 'ext-container', id: extContainerId(lab, node), needs: [], lab, node, containerName, pid: State.Pid }]
}

/** Says what is missing: starting it is not ours. */
const mustRun = (socket: string, { containerName }: ExtContainer): ExplainedRequest => ({
  ...inspect(socket, containerName),
  failures: {
    404: {
      code: 'NOT_FOUND',
      message: `there is no container ${containerName} on this host; its links are made when somebody starts it`,
    },
  },
  mustContain: {
    text: '"Running":true',
    otherwise: {
      code: 'NOT_FOUND',
      message: `the container ${containerName} does not run; its links are made when somebody starts it`,
    },
  },
})

/** Linux bridges by the kernel, those of Open vSwitch by its database; without Open vSwitch there are none of those. */
const hostBridges = async (exec: Exec, names: readonly string[]): Promise<readonly HostBridge[]> => {
  const [links, switches] = await Promise.all([
    exec.run({ file: 'ip', args: ['-j', 'link', 'show', 'type', 'bridge'] }),
    exec.run({ file: 'ovs-vsctl', args: ['--timeout=15', 'list-br'], okCodes: [0, 1, 2] }),
  ])
  const linux = parseIpLinks('ip -j link show type bridge', links.stdout).map(({ ifname }) => ifname)
  const ovs = switches.code === 0 ? switches.stdout.split('\n') : []
  return names.flatMap((name): readonly HostBridge[] => {
    const type = linux.includes(name) ? 'linux' : ovs.includes(name) ? 'ovs' : undefined
    return type === undefined ? [] : [{ kind: 'host-bridge', id: hostBridgeId(name), needs: [], name, type }]
  })
}

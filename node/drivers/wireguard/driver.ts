import type { Resource, WgInterface, WgPeer } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { Driver, Source, Watch } from '../driver.ts'
import { LINK_SOURCE } from '../link-source.ts'
import { hasNetlinkFamily } from '../netlink-family.ts'
import { probeTools } from '../tool-output.ts'
import { type WgImplementation, wireguardSteps } from './commands.ts'
import { digestDump, parseWireguard } from './parse.ts'

/** A wireguard-go that hangs would never answer. */
const TIMEOUT_MS = 5000

const DUMP = { file: 'wg', args: ['show', 'all', 'dump'], secret: true, timeoutMs: TIMEOUT_MS } as const

/** WireGuard interfaces and peers, by wg(8) and iproute2. `implementation` as `detectWireguard` found it. */
export const createWireguardDriver = (implementation: WgImplementation): Driver<WgInterface | WgPeer> & Watch => ({
  name: 'wireguard',
  owns: (resource: Resource): resource is WgInterface | WgPeer =>
    resource.kind === 'wg-interface' || resource.kind === 'wg-peer',
  probe: (exec) =>
    probeTools(exec, [
      { file: 'wg', args: ['--version'] },
      ...(implementation === 'kernel' ? [] : [{ file: 'wireguard-go', args: ['--version'] }]),
    ]),
  observe: async (exec) => {
    const [dump, addresses] = await Promise.all([
      exec.run(DUMP),
      exec.run({ file: 'ip', args: ['-j', 'addr', 'show'] }),
    ])
    return parseWireguard(dump.stdout, addresses.stdout)
  },
  steps: (ops) => wireguardSteps(implementation, ops),
  sources: () => [LINK_SOURCE, PEER_SOURCE],
})

/**
 * WireGuard tells nobody when a peer is removed or changed: it is asked, often enough for the cause to be known everywhere within 2 s. Each
 * time takes about 2 ms of CPU, so 0.2 % of a core; a tunnel tells of a lost peer by silence only, which keepalives of 25 s make slower.
 */
const PEER_SOURCE: Source = {
  type: 'poll',
  name: 'wireguard-peers',
  command: DUMP,
  everyMs: 1_250,
  digest: digestDump,
}

/** Who can do WireGuard here: the kernel where it has it, wireguard-go otherwise. */
export const detectWireguard = async (exec: Exec): Promise<WgImplementation> =>
  (await hasNetlinkFamily(exec, { family: 'wireguard', module: 'wireguard' })) ? 'kernel' : 'userspace'

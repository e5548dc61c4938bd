import { type Op, subject, type WgInterface, type WgPeer } from '#core/model/resource.ts'
import type { ProcessCommand } from '#platform/exec.ts'
import { batch } from '../batch.ts'
import type { Step } from '../driver.ts'

/** Who does WireGuard: the kernel, or one wireguard-go process for each interface. */
export type WgImplementation = 'kernel' | 'userspace'

type WgOp = Op<WgInterface | WgPeer>

/** A step for each interface, and one for the peers of each interface that stays. */
export const wireguardSteps = (implementation: WgImplementation, ops: readonly WgOp[]): readonly Step[] => {
  const gone = new Set(
    ops.flatMap((op) => (op.type === 'delete' && op.from.kind === 'wg-interface' ? [op.from.name] : [])),
  )
  const byInterface = Map.groupBy(ops, nameOf)
  return [...byInterface].flatMap(([name, of]) => {
    if (gone.has(name) && !of.some(makesInterface)) return [{ ops: of, commands: [removeInterface(name)] }]
    const peers = of.filter((op) => subject(op).kind === 'wg-peer')
    return [
      ...of.flatMap((op) => interfaceStep(implementation, op)),
      ...(peers.length === 0 ? [] : [{ ops: peers, commands: [setPeers(name, peers)] }]),
    ]
  })
}

const nameOf = (op: WgOp): string => {
  const about = subject(op)
  return about.kind === 'wg-interface' ? about.name : about.interface
}
const makesInterface = (op: WgOp): boolean => op.type !== 'delete' && op.to.kind === 'wg-interface'

const removeInterface = (name: string): ProcessCommand => ({
  file: 'ip',
  args: ['link', 'del', 'dev', name],
  okCodes: [0, 1],
})

const interfaceStep = (implementation: WgImplementation, op: WgOp): readonly Step[] => {
  if (op.type === 'delete' || op.to.kind !== 'wg-interface') return []
  const broken = op.type === 'update' && op.from.fault !== undefined
  const commands = [
    ...(broken ? [removeInterface(op.to.name)] : []),
    ...(op.type === 'create' || broken ? [addInterface(implementation, op.to.name)] : []),
    ...oldAddress(op),
    ...setInterface(op.to),
  ]
  return [{ ops: [op], commands }]
}

/**
 * One that is there already makes both exit with an error, so that is none; the next command tells a real failure.
 * wireguard-go gets nothing but the name: it takes every other word for one too, and loops where
 * WG_PROCESS_FOREGROUND is set.
 */
const addInterface = (implementation: WgImplementation, name: string): ProcessCommand =>
  implementation === 'kernel'
    ? { file: 'ip', args: ['link', 'add', 'dev', name, 'type', 'wireguard'], okCodes: [0, 2] }
    : { file: 'wireguard-go', args: [name], okCodes: [0, 1] }

const setInterface = (to: WgInterface): readonly ProcessCommand[] => [
  { file: 'wg', args: ['set', to.name, 'listen-port', String(to.listenPort), 'private-key', to.privateKeyFile] },
  ...batch({ tool: 'ip' }, [
    ['addr', 'replace', to.address, 'dev', to.name],
    ['link', 'set', 'dev', to.name, 'mtu', String(to.mtuBytes), 'up'],
  ]),
]

/** Before the new one: an address of the same prefix that comes second goes with the first. */
const oldAddress = (op: WgOp): readonly ProcessCommand[] => {
  if (op.type !== 'update' || op.from.kind !== 'wg-interface' || op.to.kind !== 'wg-interface') return []
  const { address } = op.from
  if (address === '' || address === op.to.address) return []
  return batch({ tool: 'ip', tolerant: true }, [['addr', 'del', address, 'dev', op.to.name]])
}

/** One call for all peers of an interface. The addresses they may have are routed by the interface's own prefix. */
const setPeers = (name: string, ops: readonly WgOp[]): ProcessCommand => ({
  file: 'wg',
  args: ['set', name, ...ops.flatMap(peerWords)],
})

const peerWords = (op: WgOp): readonly string[] => {
  const peer = subject(op)
  if (peer.kind !== 'wg-peer') return []
  if (op.type === 'delete') return ['peer', peer.publicKey, 'remove']
  const moved = op.type === 'create' || (op.from.kind === 'wg-peer' && op.from.endpoint !== peer.endpoint)
  return [
    ...['peer', peer.publicKey],
    ...(moved ? ['endpoint', peer.endpoint] : []),
    ...['allowed-ips', peer.allowedIps.join(','), 'persistent-keepalive', String(peer.keepaliveS)],
  ]
}

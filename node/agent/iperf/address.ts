import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { NodeName } from '#core/model/ids.ts'
import { type PlacedEnd, showEnd } from '#core/model/iperf.ts'
import { own } from '#core/model/own.ts'
import type { Iperf } from '#drivers/iperf/iperf.ts'
import type { EndAddress } from './runner.ts'

export interface AddressChoice {
  readonly engine: Engine
  readonly from: PlacedEnd
  readonly to: PlacedEnd
  /** Of the destination, as its host told. */
  readonly addresses: readonly EndAddress[]
  /** Asks for the way of the source; absent where it cannot be asked. */
  readonly source?: { readonly driver: Pick<Iperf, 'addresses' | 'routeTo'>; readonly pid: number }
}

type Node = Extract<PlacedEnd, { type: 'node' }>

/**
 * Where the client finds the server: of a lab node the address at the link both ends share, then one that the source has a way to besides the
 * management network, then that of the management network. UNREACHABLE where there is none.
 */
export async function chooseAddress(choice: AddressChoice): Promise<string> {
  const { to, from, addresses, engine } = choice
  if (to.type !== 'node') return first(addresses, to)
  if (to.interface !== undefined) return first(at(addresses, [to.interface]), to)
  const isMgmt = mgmtAddresses(engine, to)
  const others = addresses.filter(({ address }) => !isMgmt.has(address))
  const mgmt = addresses.filter(({ address }) => isMgmt.has(address))
  // Nothing but its management network leads from outside into a lab.
  if (from.type !== 'node' || from.lab !== to.lab) return first([...mgmt, ...others], to)
  const direct = at(addresses, sharedInterfaces(engine, from, to))[0]
  return direct?.address ?? (await routed(choice, others)) ?? first([...mgmt, ...others], to)
}

const at = (addresses: readonly EndAddress[], interfaces: readonly string[]): readonly EndAddress[] =>
  interfaces.flatMap((name) => addresses.filter((one) => one.interface === name))

function first(addresses: readonly EndAddress[], end: PlacedEnd): string {
  const [best] = addresses
  if (best === undefined) throw new MeshError('UNREACHABLE', `${showEnd(end)} has no address to be measured at`)
  return best.address
}

/** Interfaces of `to` at links that `from` is at as well; at the interface that `from` names, where it names one. */
function sharedInterfaces(engine: Engine, from: Node, to: Node): readonly string[] {
  const segments = engine.active.get(to.lab)?.intent.segments ?? []
  return segments.flatMap(({ endpoints }) => {
    const isShared = endpoints.some(
      (one) => one.node === from.node && (from.interface === undefined || one.interface === from.interface),
    )
    return isShared ? endpoints.filter(({ node }) => node === to.node).map((one) => one.interface) : []
  })
}

/** The first that the source reaches otherwise than by its management network. */
async function routed(
  { engine, from, source }: AddressChoice,
  others: readonly EndAddress[],
): Promise<string | undefined> {
  if (source === undefined || from.type !== 'node') return undefined
  const { driver, pid } = source
  const isMgmt = mgmtAddresses(engine, from)
  const mine = await driver.addresses({ pid })
  const mgmt = new Set(mine.filter(({ address }) => isMgmt.has(address)).map((one) => one.interface))
  for (const { address } of others) {
    const by = await driver.routeTo({ pid, address })
    if (by !== undefined && !mgmt.has(by)) return address
  }
  return undefined
}

function mgmtAddresses(engine: Engine, { lab, node }: Node): ReadonlySet<string> {
  const given = own(engine.active.get(lab)?.assignment.mgmt?.nodes ?? {}, node as NodeName)
  return new Set([given?.ipv4, given?.ipv6].filter((address) => address !== undefined))
}

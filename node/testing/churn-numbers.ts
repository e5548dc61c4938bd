import { MGMT_INTERFACE, MGMT_LAB } from '#core/model/mgmt.ts'
import { type DeviceMark, decodeAlias } from '#drivers/owner-mark.ts'
import type { Testbed } from './testbed.ts'

/** One line of `skein allocation ls --json`. */
export interface AllocationRow {
  readonly pool: string
  readonly value: number | string
  readonly host?: string
  readonly owner: string
  readonly sinceMs: number
}

/** What one host really has: a VXLAN device of a lab, or a port of the bridge with its VLAN tag. */
export interface SeenNumber {
  readonly pool: 'vni' | 'vlan'
  readonly value: number
  readonly host: string
  /** `lab/<lab>/segment/<segment>` of a device, `lab/<lab>` of a port; `mgmt/<network>/vni` and `mgmt` of the management network. */
  readonly owner: string
}

/** Identifiers of the VXLAN devices that carry our mark, by the kernel itself (ip-link(8)). */
export const seenVnis = async (bed: Testbed, host: string): Promise<readonly SeenNumber[]> => {
  const { stdout } = await bed.run(host, ['ip', '-d', '-j', 'link', 'show', 'type', 'vxlan'])
  const devices = JSON.parse(stdout === '' ? '[]' : stdout) as readonly {
    ifalias?: string
    linkinfo?: { info_data?: { id?: number } }
  }[]
  return devices.flatMap(({ ifalias, linkinfo }) => {
    const mark = decodeAlias(ifalias)
    const value = linkinfo?.info_data?.id
    return mark === undefined || value === undefined
      ? []
      : [{ pool: 'vni' as const, value, host, owner: segmentOwner(mark) }]
  })
}

const segmentOwner = ({ lab, of }: DeviceMark): string =>
  lab === MGMT_LAB ? `mgmt/${of}/vni` : `lab/${lab}/segment/${of}`

/** Of the host, or the first interface of a node: here no lab goes without it. */
const isMgmt = ({ lab, of }: DeviceMark): boolean => lab === MGMT_LAB || of.endsWith(`:${MGMT_INTERFACE}`)

/** Whether a number is of a lab, or of the management network, which is there as long as a lab is. */
export const isOfLabs = ({ owner }: Pick<AllocationRow, 'owner'>): boolean => /^(lab|mgmt)\//.test(owner)

/** VLAN tags of the bridge's ports that carry our mark, by Open vSwitch itself, and whose they are by the kernel's alias. */
export const seenTags = async (bed: Testbed, host: string): Promise<readonly SeenNumber[]> => {
  const [ports, links] = await Promise.all([
    bed.run(host, ['ovs-vsctl', '--format=json', '--columns=name,tag', 'list', 'port']),
    bed.run(host, ['ip', '-j', 'link', 'show']),
  ])
  const aliases = new Map(
    (JSON.parse(links.stdout) as readonly { ifname: string; ifalias?: string }[]).map((link) => [
      link.ifname,
      link.ifalias,
    ]),
  )
  const { data } = JSON.parse(ports.stdout) as { readonly data: readonly (readonly [string, unknown])[] }
  return data.flatMap(([name, tag]) => {
    const mark = decodeAlias(aliases.get(name))
    return mark === undefined || typeof tag !== 'number'
      ? []
      : [{ pool: 'vlan' as const, value: tag, host, owner: isMgmt(mark) ? 'mgmt' : `lab/${mark.lab}` }]
  })
}

/** Values that two rows hold, each in words; empty where all is well. Values of a host's own pools may repeat on other hosts. */
export const heldTwice = (rows: readonly AllocationRow[]): readonly string[] =>
  [...Map.groupBy(rows, ({ pool, host, value }) => `${pool}${host === undefined ? '' : ` of ${host}`} ${value}`)]
    .filter(([, holders]) => holders.length > 1)
    .map(([what, holders]) => `${what}: ${holders.map(({ owner }) => owner).join(' and ')}`)

/** What hosts have that the log did not give to that lab, each in words; empty where reality agrees with the log. */
export const notGiven = (rows: readonly AllocationRow[], seen: readonly SeenNumber[]): readonly string[] =>
  seen
    .filter(
      (real) =>
        !rows.some(
          (row) =>
            row.pool === real.pool &&
            row.value === real.value &&
            (row.host ?? real.host) === real.host &&
            `${row.owner}/`.startsWith(`${real.owner}/`),
        ),
    )
    .map((real) => `${real.host} has ${real.pool} ${real.value} for ${real.owner}`)

/** Who ever held each value, from samples of many hosts at many times. Numbers must rest longer than the samples span. */
export class Ledger {
  readonly #holders = new Map<string, Set<string>>()

  note(rows: readonly Pick<AllocationRow, 'pool' | 'value' | 'host' | 'owner'>[]): void {
    for (const { pool, value, host, owner } of rows) {
      // An address of a node is for the next one at once: no frame outlives it.
      if (pool.startsWith('mgmt')) continue
      const key = `${pool}${host === undefined ? '' : ` of ${host}`} ${value}`
      const holders = this.#holders.get(key) ?? new Set()
      this.#holders.set(key, holders.add(owner))
    }
  }

  get size(): number {
    return this.#holders.size
  }

  /** Values that had two holders, each in words; empty where none had. */
  givenTwice(): readonly string[] {
    return [...this.#holders]
      .filter(([, owners]) => owners.size > 1)
      .map(([what, owners]) => `${what}: ${[...owners].join(' and ')}`)
  }
}

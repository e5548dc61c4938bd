import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { SegmentId, Vni } from '#core/model/ids.ts'
import type { Vtep } from '#core/model/resource.ts'
import { vtepId } from '#core/model/resource-ids.ts'
import { type DeviceMark, decodeAlias } from '../owner-mark.ts'
import { decodeJson, type IpLink, parseIpLinks } from '../tool-output.ts'
import { FLOOD_MAC } from './commands.ts'

const FdbEntries = z.array(
  z.looseObject({ mac: z.string(), ifname: z.string().optional(), dst: z.string().optional() }),
)

/** Remote addresses frames are flooded to, by device, from `bridge -j fdb show`. Throws TOOL_FAILED. */
export const parseFloodLists = (text: string): ReadonlyMap<string, readonly string[]> => {
  const entries = decodeJson('bridge -j fdb show', text, FdbEntries)
  const flooding = entries.flatMap((entry) =>
    entry.mac === FLOOD_MAC && entry.ifname !== undefined && entry.dst !== undefined
      ? [{ device: entry.ifname, remote: entry.dst }]
      : [],
  )
  return new Map(
    [...Map.groupBy(flooding, (entry) => entry.device)].map(([device, of]) => [
      device,
      of.map((e) => e.remote).toSorted(),
    ]),
  )
}

const Tunnel = z.looseObject({
  info_data: z.looseObject({
    id: z.number(),
    local: z.string().optional(),
    local6: z.string().optional(),
    port: z.number(),
    learning: z.boolean().optional(),
  }),
})

/** Tunnel ends that carry our mark, from `ip -j -d link show type vxlan`. Throws TOOL_FAILED. */
export const parseVteps = (text: string, floodLists: ReadonlyMap<string, readonly string[]>): readonly Vtep[] =>
  parseIpLinks('ip -j -d link show type vxlan', text).flatMap((link) => {
    const mark = decodeAlias(link.ifalias)
    return mark?.kind === 'vtep' ? [vtepOf(link, mark, floodLists.get(link.ifname) ?? [])] : []
  })

const vtepOf = (link: IpLink, mark: DeviceMark, remotes: readonly string[]): Vtep => {
  const tunnel = Tunnel.safeParse(link.linkinfo)
  if (!tunnel.success)
    throw new MeshError('TOOL_FAILED', `ip -j -d link show told no VXLAN details of ${link.ifname}`, {
      device: link.ifname,
    })
  const { id, local, local6, port, learning } = tunnel.data.info_data
  const segment = mark.of as SegmentId
  return {
    id: vtepId(mark.lab, segment),
    kind: 'vtep',
    needs: [],
    lab: mark.lab,
    segment,
    device: link.ifname,
    vni: id as Vni,
    local: local ?? local6 ?? '',
    port,
    remotes,
    mtuBytes: link.mtu,
    learning: learning ?? true,
    ifindex: link.ifindex,
    up: link.flags.includes('UP'),
  }
}

import * as z from 'zod'
import type { Outlet } from '#core/model/resource.ts'
import { OUTLET_ID } from '#core/model/resource-ids.ts'
import { mgmtDevice } from '../owner-mark.ts'
import { decodeJson } from '../tool-output.ts'

const Prefix = z.object({ prefix: z.object({ addr: z.string(), len: z.number() }) })
const Element = z.object({ elem: z.looseObject({ val: Prefix, comment: z.string().optional() }) })
const Table = z.looseObject({
  nftables: z.array(
    z.looseObject({
      set: z.looseObject({ name: z.string(), elem: z.array(z.unknown()).optional() }).optional(),
      rule: z
        .looseObject({ chain: z.string(), expr: z.array(z.looseObject({ masquerade: z.unknown().optional() })) })
        .optional(),
    }),
  ),
})

/** Our table, from `nft -j list table …`; libnftables-json(5). Throws TOOL_FAILED. */
export function parseTable(text: string, forwards: boolean): readonly Outlet[] {
  const { nftables } = decodeJson('nft -j list table', text, Table)
  const elements = nftables.flatMap(({ set }) => (set?.name === 'inside' ? (set.elem ?? []) : []))
  const networks = elements.flatMap((element) => {
    const read = Element.safeParse(element)
    if (!read.success || read.data.elem.comment === undefined) return []
    const { addr, len } = read.data.elem.val.prefix
    const network = read.data.elem.comment
    return [{ network, cidr: `${addr}/${len}`, device: mgmtDevice(network) }]
  })
  const rules = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))
  const isWhole = rules.length === 1 && rules[0]?.expr.some((part) => 'masquerade' in part) === true
  return [
    {
      kind: 'outlet',
      id: OUTLET_ID,
      needs: [],
      networks: networks.toSorted((a, b) => (a.network < b.network ? -1 : 1)),
      forwards,
      ...(isWhole ? {} : { fault: 'the nftables table of management networks was changed' }),
    },
  ]
}

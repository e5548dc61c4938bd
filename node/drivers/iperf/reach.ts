import * as z from 'zod'
import type { Result } from '#platform/exec.ts'
import { decodeJson, parseIpLinks } from '../tool-output.ts'
import type { InterfaceAddress } from './iperf.ts'

/** Output of `ip -j addr show up scope global`. Throws TOOL_FAILED. */
export const parseAddresses = (text: string): readonly InterfaceAddress[] => {
  const all = parseIpLinks('ip -j addr', text).flatMap((link) =>
    (link.addr_info ?? []).flatMap(({ local }) =>
      local === undefined ? [] : [{ interface: link.ifname, address: local }],
    ),
  )
  const isV6 = ({ address }: InterfaceAddress): boolean => address.includes(':')
  return [...all.filter((one) => !isV6(one)), ...all.filter(isV6)]
}

const Routes = z.array(z.looseObject({ type: z.string().optional(), dev: z.string().optional() }))

/** Routes that lead nowhere (ip-route(8)). */
const NOWHERE: readonly string[] = ['unreachable', 'blackhole', 'prohibit', 'throw']

/** The interface in the answer of `ip -j route get`. Throws TOOL_FAILED. */
export const parseRoute = (result: Result): string | undefined => {
  if (result.code !== 0) return undefined
  const route = decodeJson('ip -j route get', result.stdout, Routes)[0]
  return route?.type !== undefined && NOWHERE.includes(route.type) ? undefined : route?.dev
}

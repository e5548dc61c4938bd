import { parseIp } from '../allocation/ip.ts'
import { DOMAIN, type Names } from './names.ts'

/** How long others may keep an answer. */
export const TTL_S = 5

/**
 * The zone of the mesh as a master file (RFC 1035 §5), which the `file` plugin of CoreDNS reads: what can be reached now, hosts and lab
 * nodes. `serial` must grow with each rendering.
 */
export function zoneText({ nodes, hosts }: Names, serial: number): string {
  const rows = [
    ...hosts.filter(({ isHealthy }) => isHealthy).flatMap(({ name, address }) => row(name, address)),
    ...nodes
      .filter(({ isHealthy }) => isHealthy)
      .flatMap(({ names, addresses }) => addresses.flatMap((address) => row(names[0] ?? '', address))),
  ]
  const head = [
    `$ORIGIN ${DOMAIN}.`,
    `$TTL ${TTL_S}`,
    `@ IN SOA ns.${DOMAIN}. hostmaster.${DOMAIN}. ${serial} 60 30 3600 ${TTL_S}`,
    `@ IN NS ns.${DOMAIN}.`,
  ]
  const [first] = hosts.filter(({ isHealthy }) => isHealthy)
  return [...head, ...(first === undefined ? [] : row(`ns.${DOMAIN}`, first.address)), ...rows.sort(), ''].join('\n')
}

/** Names that are no labels of a zone, such as one with a `.` too many, stand as they are: each part is a label. */
const row = (name: string, address: string): readonly string[] => {
  const ip = parseIp(address)
  return ip === undefined ? [] : [`${name}. IN ${ip.bits === 32 ? 'A' : 'AAAA'} ${address}`]
}

import type { EndpointKey } from '#core/model/ids.ts'
import type { Nic } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { type DeviceMark, decodeAlias, nodeOf } from './owner-mark.ts'
import { type IpLink, parseIpLinks } from './tool-output.ts'

/** Host ends that carry our mark, from `ip -j -d link show type veth`. Throws TOOL_FAILED. */
export const parseHostEnds = (text: string): readonly HostEnd[] =>
  parseIpLinks('ip -j link show type veth', text).flatMap((link) => {
    const mark = decodeAlias(link.ifalias)
    if (mark?.kind !== 'nic' && mark?.kind !== 'host') return []
    return [{ link, isHost: mark.kind === 'host', ...whose(mark) }]
  })

/** The interface of a node that a marked device is an end of. */
export const whose = ({ lab, of }: DeviceMark): Pick<Nic, 'lab' | 'endpoint' | 'workload'> => {
  const endpoint = of as EndpointKey
  return { lab, endpoint, workload: workloadId(lab, nodeOf(endpoint)) }
}

/** A marked veth of the host, and what its mark says. */
export interface HostEnd extends Pick<Nic, 'lab' | 'endpoint' | 'workload'> {
  readonly link: IpLink
  /** True where the other end lies in the host's namespace too. */
  readonly isHost: boolean
}

import { innerForm } from '#core/model/nic-form.ts'
import type { Resource } from '#core/model/resource.ts'
import type { Source } from './driver.ts'
import { isOwnDevice } from './owner-mark.ts'

/**
 * What the kernel tells of devices and addresses: of this host's namespace and, as every one of them holds the other end of a
 * veth pair of ours, of the namespaces of our workloads (ip-monitor(8), `all-nsid`; Linux 4.2).
 */
export const LINK_SOURCE: Source = {
  type: 'stream',
  name: 'links',
  command: { file: 'ip', args: ['-o', 'monitor', 'all-nsid', 'link', 'address'] },
  tells: (line, seen) => concerns(line, seen),
}

/** `[nsid 1]Deleted 2: eth1@if6: <…>` is a device, `[nsid current]9: skw0    inet 10.0.0.1/16 …` an address. */
const EVENT =
  /^(?:\[nsid (?<space>[^\]]+)\])?(?<deleted>Deleted )?(?<index>\d+): (?<name>[^:@\s]+)(?:@(?:if(?<peer>\d+)|(?<near>[^:\s]+)))?/

const concerns = (line: string, seen: readonly Resource[]): boolean => {
  const { space, deleted, index, name = '', peer, near = '' } = EVENT.exec(line)?.groups ?? {}
  const isAddress = /^[^<]*\sinet6?\s/.test(line)
  // Addresses are only ever missed: a lab node may have more of its own.
  if (isAddress && deleted === undefined) return false
  if (space === undefined || space === 'current') return isOwnDevice(name) || isOwnDevice(near) || hasIndex(seen, index)
  // Of another namespace's address ip(8) tells no name but that of the device with this number here.
  return isAddress ? line.includes(' scope global ') : hasIndex(seen, peer) || isInside(seen, index)
}

/** By number as well: a device of ours may have been renamed. */
const hasIndex = (seen: readonly Resource[], index: string | undefined): boolean =>
  index !== undefined &&
  seen.some((device) => (device.kind === 'nic' || device.kind === 'vtep') && device.ifindex === Number(index))

/** A device of ours that has no other end here; the number may be another one's of another namespace, which costs a look. */
const isInside = (seen: readonly Resource[], index: string | undefined): boolean =>
  seen.some((device) => device.kind === 'nic' && innerForm(device) !== undefined && device.ifindex === Number(index))

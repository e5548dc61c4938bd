import { createHash } from 'node:crypto'
import type { Workload } from '#core/model/resource.ts'

/** Names of instances are host names (LXD, "Instance properties"): letters, digits, `-`; a letter first, no `-` last; at most 63. */
const VALID = /^[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** What stays of a name that has to be changed, in characters. */
const KEPT = 50

/** The name of the instance for a container name; one that LXD refuses is changed, and a digest keeps two of them apart. */
export const instanceName = (containerName: string): string => {
  if (VALID.test(containerName)) return containerName
  const digest = createHash('sha256').update(containerName).digest('hex').slice(0, 10)
  const plain = containerName.replaceAll(/[^A-Za-z0-9-]/g, '-').replace(/^[^A-Za-z]+/, '')
  return `${plain === '' ? 'n' : plain.slice(0, KEPT)}-${digest}`
}

/** The instance of a workload: what was seen, else what it will be called. */
export const nameOf = (workload: Pick<Workload, 'containerId' | 'containerName'>): string =>
  workload.containerId ?? instanceName(workload.containerName)

import type { Workload } from '#core/model/resource.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import { nameOf } from './names.ts'
import { instancePath } from './requests.ts'

/**
 * Where the instance asks for names, laid into it before it starts: LXD has no key for that. What its image starts may set it otherwise, and
 * where the file is a link that leads nowhere yet it stays as it is.
 */
export const resolverCommands = (socket: string, workload: Workload): readonly ExplainedRequest[] => {
  const text = resolverText(workload)
  if (text === undefined) return []
  return [
    {
      socket,
      method: 'POST',
      path: instancePath(nameOf(workload), '/files?path=/etc/resolv.conf'),
      text,
      headers: {
        'x-lxd-uid': '0',
        'x-lxd-gid': '0',
        'x-lxd-mode': '0644',
        'x-lxd-type': 'file',
        'x-lxd-write': 'overwrite',
      },
      harmless: [''],
    },
  ]
}

/** Of resolv.conf(5): what the topology says, else where the management network is asked. */
const resolverText = ({ spec: { dns }, resolver }: Workload): string | undefined => {
  if (dns === undefined && resolver === undefined) return undefined
  const { servers, search, options } = dns ?? {
    servers: resolver === undefined ? [] : [resolver.server],
    search: resolver === undefined ? [] : [resolver.search],
    options: [],
  }
  const lines = [
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

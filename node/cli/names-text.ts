import type { Names } from '#core/names/names.ts'
import type { LabShape } from './lab-shapes.ts'
import { table } from './output.ts'

/** Names with their addresses, hosts first. */
export const namesText = ({ hosts, nodes }: Names): string =>
  table(
    ['name', 'addresses', 'also', 'state'],
    [
      ...hosts.map(({ name, address, isHealthy }) => [name, address, '', stateOf(isHealthy)]),
      ...nodes.map(({ names: [first, ...others], short, addresses, isHealthy }) => [
        first,
        addresses.join(' '),
        [...others, ...short].join(' '),
        stateOf(isHealthy),
      ]),
    ],
  )

const stateOf = (isHealthy: boolean): string => (isHealthy ? 'answers' : 'is not there')

/** Published ports of a lab: where, and to what they lead. */
export const portsText = ({ nodes }: Pick<LabShape, 'nodes'>): string =>
  table(
    ['host', 'port', 'node', 'leads to'],
    nodes.flatMap(({ name, host, mgmt, ports = [] }) =>
      ports.map(({ hostPort, containerPort, protocol }) => [
        host,
        `${hostPort}/${protocol}`,
        name,
        `${mgmt?.ipv4 ?? name}:${containerPort}`,
      ]),
    ),
  )

import type { Need } from '../impairment/needs.ts'
import type { LabNode } from '../model/lab.ts'
import type { HostCapacity } from './constraints.ts'

/** A lab node, and what the impairments of its links need of its host. */
export type NeedyNode = LabNode & { readonly needs?: readonly Need[] }

/** What a node needs of its host that not every host has, in words of hosts' `capabilities`. */
const needsOf = ({ kind, needs = [] }: NeedyNode): readonly Need[] => [
  ...(kind === 'lxd' ? [{ what: 'lxd' }] : []),
  ...needs,
]

/** Whether a host can what a node needs. One that was not heard yet may, for who asks for this very host: what is not known is not missing. */
const can = (
  node: Pick<NeedyNode, 'host'>,
  { name, capabilities = [], isUntold }: HostCapacity,
  what: string,
): boolean => (isUntold === true && node.host === name) || capabilities.includes(what)

/** Whether a host has all that a node needs of it. */
export const isAble = (node: NeedyNode, host: HostCapacity): boolean =>
  needsOf(node).every(({ what }) => can(node, host, what))

/** The same of one host, each as in `lacks lxd`. */
export const lacks = (node: NeedyNode, host: HostCapacity): readonly string[] => {
  const missing = needsOf(node).filter(({ what }) => !can(node, host, what))
  return [...new Set(missing.map(({ what, why }) => `lacks ${what}${why === undefined ? '' : ` ${why}`}`))]
}

/** What a node needs and which of these hosts lack, as in `needs lxd; hosts b, c lack it`; undefined where none lacks anything. */
export const lackText = (node: NeedyNode, hosts: readonly HostCapacity[]): string | undefined =>
  textOf(node, needsOf(node), hosts)

/** The same of its links' impairments alone: a node that runs where these cannot be made stays, but cannot have them. */
export const shapingLack = (node: NeedyNode, host: HostCapacity): string | undefined =>
  textOf(node, node.needs ?? [], [host])

function textOf(node: NeedyNode, needs: readonly Need[], hosts: readonly HostCapacity[]): string | undefined {
  const texts = needs.flatMap(({ what, why }) => {
    const names = hosts.filter((host) => !can(node, host, what)).map(({ name }) => name)
    if (names.length === 0) return []
    const [noun, verb] = names.length === 1 ? ['host', 'lacks'] : ['hosts', 'lack']
    return [`needs ${what}${why === undefined ? '' : ` ${why}`}; ${noun} ${names.toSorted().join(', ')} ${verb} it`]
  })
  return texts.length === 0 ? undefined : [...new Set(texts)].join('; ')
}

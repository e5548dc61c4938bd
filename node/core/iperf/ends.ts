import type { HostId } from '../model/ids.ts'
import type { AttachedBody, PlacedEnd } from '../model/iperf.ts'
import { didYouMean } from '../model/nearest.ts'

/** What there is to measure. */
export interface World {
  readonly hosts: readonly { readonly id: HostId; readonly name: string; readonly isAlive: boolean }[]
  /** Nodes of all labs; `host` is undefined where one is not placed. */
  readonly nodes: readonly WorldNode[]
  readonly attached: readonly AttachedBody[]
}

interface WorldNode {
  readonly lab: string
  readonly node: string
  readonly host: HostId | undefined
  readonly interfaces: readonly string[]
  /** Virtual machines have no namespace that a test could run in. */
  readonly isContainer: boolean
}

/** An end as somebody spelled it. */
export type SpelledEnd =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'node'; readonly lab: string; readonly node: string; readonly interface?: string }
  | { readonly type: 'problem'; readonly message: string }

/** Ends that were found, each once, in the order they were named. */
export interface ResolvedEnds {
  readonly ends: readonly PlacedEnd[]
  readonly problems: readonly string[]
  /** Those of the problems that say that nobody knows an end. */
  readonly unknown: readonly string[]
  readonly notes: readonly string[]
  /** Place in `ends` of a text; undefined for one with a problem. */
  readonly at: ReadonlyMap<string, number>
}

/** Reads `a`, `lab/node`, `lab/node:eth1`. */
export function parseEnd(text: string): SpelledEnd {
  const [, lab, node, name] = /^([^/:\s]+)\/([^/:\s]+)(?::(\S+))?$/.exec(text.trim()) ?? []
  if (lab !== undefined && node !== undefined)
    return { type: 'node', lab, node, ...(name !== undefined && { interface: name }) }
  if (/^[^/:\s]+$/.test(text.trim())) return { type: 'name', name: text.trim() }
  return { type: 'problem', message: `\`${text}\` is no end; write \`host\`, \`lab/node\` or \`lab/node:interface\`` }
}

/** Finds ends; what is wrong with them is told, all at once. Equal ones are one. */
export function resolveEnds(texts: readonly string[], world: World): ResolvedEnds {
  const found = new Map<string, { readonly end: PlacedEnd; readonly at: number }>()
  const at = new Map<string, number>()
  const [problems, unknown, notes] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const text of new Set(texts)) {
    const end = resolveEnd(text, world)
    if (end.note !== undefined) notes.add(end.note)
    if ('problem' in end) {
      problems.add(end.problem)
      if (end.isUnknown === true) unknown.add(end.problem)
      continue
    }
    const key = JSON.stringify(end.end)
    const known = found.get(key) ?? { end: end.end, at: found.size }
    found.set(key, known)
    at.set(text, known.at)
  }
  const ends = [...found.values()].map(({ end }) => end)
  return { ends, problems: [...problems], unknown: [...unknown], notes: [...notes], at }
}

type Found =
  | { readonly end: PlacedEnd; readonly note?: string }
  | { readonly problem: string; readonly isUnknown?: true; readonly note?: undefined }

function resolveEnd(text: string, world: World): Found {
  const spelled = parseEnd(text)
  if (spelled.type === 'problem') return { problem: spelled.message }
  if (spelled.type === 'node') return resolveNode(spelled, world)
  const { name } = spelled
  const host = world.hosts.find((one) => one.name === name)
  if (host?.isAlive === false) return { problem: `host ${name} is down` }
  if (host !== undefined) return { end: { type: 'host', name, host: host.id } }
  const attached = world.attached.find((one) => one.name === name && one.isRemoved !== true)
  if (attached !== undefined) return resolveAttached(attached, world)
  const names = [...world.hosts, ...world.attached].map((one) => one.name)
  const problem = `there is no host and no attached machine \`${name}\`.${didYouMean(name, names)}`
  return { problem, isUnknown: true }
}

function resolveAttached({ name, home, isOnline }: AttachedBody, world: World): Found {
  if (home === null) return { problem: `${name} has not registered yet` }
  const host = world.hosts.find(({ id }) => id === home)
  if (host?.isAlive !== true)
    return { problem: `${name} registered at host ${host?.name ?? home}, which is down; it must ask another host` }
  const end: PlacedEnd = { type: 'attached', name, host: home }
  return isOnline ? { end } : { end, note: `${name} is offline; its tests fail unless it comes back` }
}

function resolveNode(spelled: Extract<SpelledEnd, { type: 'node' }>, world: World): Found {
  const nodes = world.nodes.filter(({ lab }) => lab === spelled.lab)
  const node = nodes.find((one) => one.node === spelled.node)
  if (node === undefined) return unknownNode(spelled, { nodes, world })
  const name = `${spelled.lab}/${spelled.node}`
  if (!node.isContainer) return { problem: `${name} is no container: tests run in the namespace of a container` }
  const wrong = spelled.interface
  if (wrong !== undefined && !node.interfaces.includes(wrong)) {
    const problem = `${name} has no interface \`${wrong}\`.${didYouMean(wrong, node.interfaces)}`
    return { problem, isUnknown: true }
  }
  if (node.host === undefined) return { problem: `${name} is not placed on a host` }
  const host = world.hosts.find(({ id }) => id === node.host)
  if (host?.isAlive !== true) return { problem: `${name} is on host ${host?.name ?? node.host}, which is down` }
  return { end: { ...spelled, host: node.host } }
}

function unknownNode(
  { lab, node }: { readonly lab: string; readonly node: string },
  { nodes, world }: { readonly nodes: readonly WorldNode[]; readonly world: World },
): Found {
  const labs = new Set(world.nodes.map((one) => one.lab))
  const names = nodes.map((one) => one.node)
  const problem =
    nodes.length === 0
      ? `there is no lab \`${lab}\`.${didYouMean(lab, labs)}`
      : `lab ${lab} has no node \`${node}\`.${didYouMean(node, names)}`
  return { problem, isUnknown: true }
}

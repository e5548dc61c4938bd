import type { MeshView } from '../view.ts'

/** What has a state, by how it is spoken of. */
export type States = ReadonlyMap<string, string>

/** The states of hosts, labs, and the nodes and links of the lab that is looked at. */
export function statesOf({ hosts, labs, lab }: Pick<MeshView, 'hosts' | 'labs' | 'lab'>): States {
  const labName = lab?.name ?? ''
  return new Map([
    ...hosts.map(({ name, state }) => [`host ${name}`, state] as const),
    ...labs.map(({ name, state }) => [`lab ${name}`, state] as const),
    ...(lab?.nodes ?? []).map(({ name, state }) => [`node ${name} of lab ${labName}`, state] as const),
    ...(lab?.links ?? []).map(({ id, state }) => [`link ${id} of lab ${labName}`, state] as const),
  ])
}

/** In words, what changed; what only came into sight did not. */
export function changesOf(before: States, now: States): readonly string[] {
  return [...now].flatMap(([what, state]) => {
    const old = before.get(what)
    return old === undefined || old === state ? [] : [`${what}: ${state}`]
  })
}

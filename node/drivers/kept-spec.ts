import type { WorkloadSpec } from '#core/model/resource.ts'

/** The spec that an engine keeps for us beside what it runs, as JSON; undefined where it cannot be read. Only we write it, so its shape needs no more than a glance. */
export const readSpec = (json: string | undefined): WorkloadSpec | undefined => {
  try {
    const spec: unknown = JSON.parse(json ?? '')
    return typeof spec === 'object' && spec !== null && 'image' in spec && 'binds' in spec
      ? (spec as WorkloadSpec)
      : undefined
  } catch {
    return undefined
  }
}

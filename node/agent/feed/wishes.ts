import type { ResourceId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'

/** What is wanted of one resource. */
export interface Wish {
  /** Changes when what is wanted of it, or of anything it stands on, changes. */
  readonly wish: string
  /** All of that, near and far. */
  readonly standsOn: readonly ResourceId[]
}

/** Tells whether a resource is still wanted as it was, down to what it stands on. */
export class Wishes {
  readonly #texts = new Map<ResourceId, { readonly text: string; readonly version: number }>()
  #version = 0

  /** The wishes of a host; to be asked at every look. */
  of(wanted: readonly Resource[]): ReadonlyMap<ResourceId, Wish> {
    const byId = new Map(wanted.map((resource) => [resource.id, resource]))
    for (const id of this.#texts.keys()) if (!byId.has(id)) this.#texts.delete(id)
    const wishes = new Map<ResourceId, Wish>()
    const wishOf = (resource: Resource): Wish => {
      const known = wishes.get(resource.id)
      if (known !== undefined) return known
      const below = resource.needs.flatMap((id) => byId.get(id) ?? []).map((need) => ({ id: need.id, ...wishOf(need) }))
      const wish = [this.#versionOf(resource), ...below.map((need) => `(${need.wish})`)].join(' ')
      const standsOn = [...new Set(below.flatMap((need) => [need.id, ...need.standsOn]))]
      wishes.set(resource.id, { wish, standsOn })
      return { wish, standsOn }
    }
    for (const resource of wanted) wishOf(resource)
    return wishes
  }

  #versionOf(resource: Resource): number {
    // A process id only follows from how things are.
    const text = JSON.stringify({ ...resource, needs: [], pid: 0 })
    const before = this.#texts.get(resource.id)
    if (before?.text === text) return before.version
    this.#version += 1
    this.#texts.set(resource.id, { text, version: this.#version })
    return this.#version
  }
}

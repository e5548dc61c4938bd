import type { DraftsPort, DraftView } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'

/** Drafts in memory, all written on host `a` at moment 0. */
export function fakeDrafts(): DraftsPort {
  const drafts = new Map<string, DraftView>()
  return {
    list: () => [...drafts.values()],
    find: (lab) => drafts.get(lab),
    async write(lab, topology) {
      const draft = { lab, topology, atMs: 0, host: 'a' }
      drafts.set(lab, draft)
      return draft
    },
    async remove(lab) {
      if (!drafts.delete(lab)) throw new MeshError('NOT_FOUND', `there is no draft of a lab named ${lab}`)
    },
  }
}

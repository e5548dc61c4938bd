import type { HostId } from '../model/ids.ts'
import { type SavesBody, savesDraft, savesOf, withoutSaved, withSave } from '../saved/saved.ts'
import type { Book } from './book.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { generationOf, intentOf } from './labs.ts'

interface By {
  readonly wallMs: number
  readonly self: HostId
}

/** A person had the configuration of nodes saved, or wants it forgotten. */
export function changeSaves(
  book: Book,
  event: Extract<Event, { type: 'save' | 'forget-saved' }>,
  by: By,
): readonly Effect[] {
  const { lab } = event
  const intent = book.get('intent', lab)
  const held = savesOf(book.get('saves', lab))
  const save = nextVersion(book, lab)
  const saves =
    event.type === 'forget-saved'
      ? withoutSaved(held, event.nodes)
      : withSave(held, {
          save,
          atMs: by.wallMs,
          host: by.self,
          revision: generationOf(intent),
          nodes: event.nodes,
        })
  return [publish({ lab, saves }, save, { ...by, isDeleted: intentOf(intent) === null })]
}

/** A lab goes, or comes back: what was saved of it is to be forgotten some days later, or not at all. */
export function followLab(book: Book, lab: string, by: By & { readonly isDeleted: boolean }): readonly Effect[] {
  const held = book.get('saves', lab)
  if (held === undefined || (held.expiresAtMs !== 0) === by.isDeleted) return []
  return [publish({ lab, saves: savesOf(held) }, nextVersion(book, lab), by)]
}

const nextVersion = (book: Book, lab: string): number => Number(book.get('saves', lab)?.version[0] ?? 0) + 1

const publish = (body: SavesBody, version: number, by: By & { readonly isDeleted: boolean }): Effect => ({
  type: 'publish',
  draft: savesDraft(body, [version, by.wallMs, by.self], by),
})

import type { Engine } from '#core/engine/engine.ts'
import { labelOfId } from '#core/model/image-label.ts'
import { own } from '#core/model/own.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { LabImage } from '../port.ts'
import { needsOf } from './image-needs.ts'
import type { Images } from './images.ts'

/** Every image of every lab that runs, and which hosts have it; hosts that do not answer are left out. */
export async function listImages(engine: Engine, images: Pick<Images, 'everywhere'>): Promise<readonly LabImage[]> {
  const labs = [...engine.active.values()].map(({ intent }) => intent)
  const rows = labs.flatMap((intent) => needsOf(intent, () => true).map(({ label }) => ({ intent, label })))
  const digests = labs.flatMap(({ images: pins = {} }) =>
    Object.entries(pins).map(([label, id]) => labelOfId(label, id)),
  )
  const asked = [...new Set([...rows.map(({ label }) => label), ...digests])]
  const answers = asked.length === 0 ? [] : [...(await images.everywhere(asked))]
  const found = rows.map(({ intent, label }): LabImage => {
    const id = own(intent.images ?? {}, label) ?? null
    const named = answers.filter(([, { has }]) => has.includes(label))
    const having = id === null ? named : answers.filter(([, { ids = {} }]) => Object.values(ids).includes(id))
    const others = id === null ? [] : named.filter(([, { ids = {} }]) => (own(ids, label) ?? id) !== id)
    const names = (some: typeof answers): readonly string[] => some.map(([host]) => nameOf(engine, host)).toSorted()
    return { lab: intent.name, image: label, id, hosts: names(having), others: names(others) }
  })
  return found.toSorted((a, b) => a.lab.localeCompare(b.lab, 'en') || a.image.localeCompare(b.image, 'en'))
}

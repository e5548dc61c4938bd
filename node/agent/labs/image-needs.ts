import { MeshError } from '#core/model/errors.ts'
import { imageText, isOfLxd, labelOfNode } from '#core/model/image-label.ts'
import type { LabIntent } from '#core/model/lab.ts'
import type { MissingImage } from '../port.ts'

/** An image a host needs. */
export interface Need {
  readonly label: string
  /** Another host may give it. */
  readonly comes: boolean
  /** It must be there already. */
  readonly isLocal: boolean
  readonly nodes: readonly string[]
}

/** By label. LXD images that are made of files of the lab are none. Of one that some nodes let come and others do not, one that lets it is enough. */
export const needsOf = (
  { nodes }: LabIntent,
  isHere: (node: LabIntent['nodes'][number]['name']) => boolean,
): readonly Need[] => {
  const here = nodes.filter(
    ({ kind, name, imageFiles }) => kind !== 'bridge' && imageFiles === undefined && isHere(name),
  )
  return [...new Set(here.map(labelOfNode))].map((label) => {
    const users = here.filter((node) => labelOfNode(node) === label)
    return {
      label,
      comes: users.some(({ pull }) => pull === undefined),
      isLocal: isOfLxd(label) || users.every(({ pull }) => pull === 'never'),
      nodes: users.map(({ name }) => name),
    }
  })
}

/** Throws IMAGE_MISSING with all of them, where there are any. */
export function refuseMissing(lab: string, missing: readonly MissingImage[]): void {
  if (missing.length === 0) return
  const reasons = missing.map(({ image, hosts, on, nodes = [] }) => {
    const where = on.length === 0 ? '' : `; ${on.join(', ')} ${on.length === 1 ? 'has' : 'have'} it`
    const who = nodes.length === 0 ? '' : ` (${nodes.join(', ')})`
    return `${imageText(image)}${who} is not on ${hosts.join(', ')} and cannot be fetched there${where}`
  })
  const count = missing.length === 1 ? 'an image' : `${missing.length} images`
  throw new MeshError(
    'IMAGE_MISSING',
    `lab ${lab} needs ${count} that ${missing.length === 1 ? 'is' : 'are'} missing; nothing was started`,
    {
      missing,
      reasons,
    },
  )
}

import type { LabNode } from './lab.ts'
import type { Image } from './resource.ts'

const OF_LXD = 'LXD image '

/** What an image is called between hosts: one of LXD says so, with a blank that no engine's name has. */
export const labelOf = ({ provider, name }: Pick<Image, 'provider' | 'name'>): string =>
  provider === 'lxd' ? `${OF_LXD}${name}` : name

/** Of the image a node is made of. */
export const labelOfNode = ({ kind, image }: Pick<LabNode, 'kind' | 'image'>): string =>
  labelOf({ provider: kind === 'lxd' ? 'lxd' : 'docker', name: image })

/** Such a name is one of LXD. */
export const isOfLxd = (label: string): boolean => label.startsWith(OF_LXD)

/** The label as a sentence has it: `image frr`, `LXD image debian`. */
export const imageText = (label: string): string => (isOfLxd(label) ? label : `image ${label}`)

/** The label under which the image is found that a label stands for, whatever it is called. */
export const labelOfId = (label: string, id: string): string => (isOfLxd(label) ? `${OF_LXD}${id}` : id)

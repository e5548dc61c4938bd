import { labelOfNode } from '../model/image-label.ts'
import type { LabIntent, LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Image } from '../model/resource.ts'
import { lxdImageId } from '../model/resource-ids.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'

/** The image of an LXD node: one that LXD has by this name, or one made of files that travel with the lab, named by their content. */
export const lxdImage = (node: LabNode, { intent }: WantedLab, input: DesiredInput): Image => {
  const { image, imageFiles = [] } = node
  const digests = imageFiles.map((path) => intent.files.find((file) => file.path === path)?.sha256 ?? '')
  const name = digests.length === 0 ? image : `sha256:${digests.join('+')}`
  const folder = `${input.labFolder(intent.name)}/files`
  const files = imageFiles.map((path) => `${folder}/${path}`)
  const pin = files.length === 0 ? pinned(node, intent, input) : {}
  return {
    kind: 'image',
    provider: 'lxd',
    id: lxdImageId(pin.digest ?? name),
    needs: [],
    name,
    ...(files.length === 0 ? pin : { files }),
  }
}

/** As for docker: the image the lab runs under this name, where the name does not stand for it on this host. */
function pinned(node: LabNode, { images = {} }: LabIntent, { seen }: DesiredInput): Pick<Image, 'digest'> {
  const { image, pull } = node
  const digest = pull === undefined ? own(images, labelOfNode(node)) : undefined
  const here = seen.find(({ id }) => id === lxdImageId(image))
  return digest === undefined || (here?.kind === 'image' && here.digest === digest) ? {} : { digest }
}

import { imageText, labelOf } from '#core/model/image-label.ts'
import type { Image, Op } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import type { CommandText } from '../port.ts'

/** Names of the hosts that can give an image, by its id. */
export type Givers = Readonly<Record<string, readonly string[]>>

/**
 * What is done for an image that another host gives, in place of the driver's own commands, which are for what no host has. Undefined where
 * it is not so.
 */
export function comingText(
  ops: readonly Op[],
  commands: readonly Command[],
  { givers, self }: { readonly givers: Givers; readonly self: string },
): readonly CommandText[] | undefined {
  const [command] = commands
  const images = ops.flatMap((op) => (op.type === 'create' && op.to.kind === 'image' ? [op.to] : []))
  const texts = images.flatMap((image) => {
    const from = (givers[image.digest ?? ''] ?? []).filter((host) => host !== self)
    return from.length === 0 || command === undefined || !('socket' in command)
      ? []
      : [steps(image, from, command.socket)]
  })
  return texts.length === 0 ? undefined : texts.flat()
}

const steps = (image: Image, from: readonly string[], socket: string): readonly CommandText[] => [
  { request: `the parts of ${imageText(labelOf(image))} (${image.digest?.slice(0, 19)}) from ${from.join(' or ')}` },
  { request: `POST ${image.provider === 'lxd' ? '/1.0/images' : '/images/load?quiet=1'} on ${socket}` },
]

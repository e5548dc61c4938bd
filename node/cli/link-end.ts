import { InvalidArgumentError } from 'commander'
import { NODE_NAME } from '#core/model/ids.ts'

/** One end of a link, or an interface of a node. */
export interface LinkEndArgument {
  readonly node: string
  readonly interface: string
}

/** For commander: `NODE:INTERFACE`. */
export function linkEndArgument(text: string): LinkEndArgument {
  const colon = text.indexOf(':')
  const [node, name] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)]
  if (!NODE_NAME.test(node) || !/^[\w./:-]{1,64}$/.test(name))
    throw new InvalidArgumentError('Write node and interface, as in r1:eth1.')
  return { node, interface: name }
}

/** Path of the API below a lab. */
export const endPath = (lab: string, { node, interface: name }: LinkEndArgument): string =>
  `/v1/labs/${lab}/nodes/${encodeURIComponent(node)}/interfaces/${encodeURIComponent(name)}`

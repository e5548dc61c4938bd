import type { LinkView, NodeView } from '#agent/port.ts'
import { Badge } from '../parts/badge.tsx'
import { isStale } from '../stores.ts'
import { asOld, type Look, linkLook, nodeLook } from './looks.ts'

const Shown = ({ look, title }: { readonly look: Look; readonly title?: string | undefined }) => {
  const { tone, text } = isStale.value ? asOld(look) : look
  return <Badge state={text} tone={tone} {...(title === undefined ? {} : { title })} />
}

/** The state of a link; nothing is certain while the host is not heard. */
export const LinkBadge = ({ link }: { readonly link: LinkView }) => <Shown look={linkLook(link)} title={link.error} />

/** The state of a node, likewise. */
export const NodeBadge = ({ node }: { readonly node: NodeView }) => <Shown look={nodeLook(node)} title={node.error} />

import type { Engine } from '#core/engine/engine.ts'
import { intentOf } from '#core/engine/labs.ts'
import { type EndOfLink, findLink, type ImpairmentChange, impair, impairmentProblem } from '#core/impairment/change.ts'
import { impairmentText } from '#core/impairment/text.ts'
import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import { endpointKey } from '#core/model/ids.ts'
import { isWhole } from '#core/model/impairment.ts'
import type { Endpoint, Link } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import type { ImpairedLink, ImpairLink } from '../port.ts'
import type { Labs } from './labs.ts'

export interface ImpairmentsOptions {
  readonly engine: Engine
  readonly wishes: Pick<Labs, 'submit'>
  tell(told: FeedTold): void
}

/**
 * Makes links of running labs worse, or whole again: each change is a new generation of the lab in which nothing else differs, so that it
 * outlives every restart and reaches both ends, wherever they are.
 */
export class Impairments {
  readonly #options: ImpairmentsOptions

  constructor(options: ImpairmentsOptions) {
    this.#options = options
  }

  /** NOT_FOUND where the lab has no such end, BAD_INPUT for what makes no sense there, PLACEMENT_IMPOSSIBLE where a host's kernel cannot. */
  async set(lab: string, end: EndOfLink, ask: ImpairLink): Promise<ImpairedLink> {
    const { engine, wishes, tell } = this.#options
    const intent = intentOf(engine.book.get('intent', lab))
    if (intent == null) throw new MeshError('NOT_FOUND', `there is no lab named ${lab}`)
    const link = findLink(intent, end)
    if (link === undefined) throw new MeshError('NOT_FOUND', noLink(lab, end, intent.links))
    if (link.device !== undefined)
      throw new MeshError(
        'BAD_INPUT',
        `${end.node}:${end.interface} is no cable but a ${link.device.type} device; it cannot be impaired`,
      )
    const change = {
      link,
      end: ask.oneEnd === true ? end : undefined,
      change: changeOf(ask),
      clear: ask.clear === true,
    }
    const next = impair(intent, change)
    const changed = next.links.find(({ id }) => id === link.id) ?? link
    const problem = impairmentProblem(changed)
    if (problem !== undefined) throw new MeshError('BAD_INPUT', problem)
    const { generation } = await wishes.submit(next, new Map())
    tell({ level: 'info', code: 'LINK_IMPAIRED', lab, about: link.id, message: `${link.id}: ${linkText(changed)}` })
    return { lab, generation, link: link.id, impairments: changed.impairments ?? {} }
  }
}

/** A link that is to flap is not to stay down. */
const changeOf = ({ oneEnd: _oneEnd, clear: _clear, up, ...change }: ImpairLink): ImpairmentChange => ({
  ...(up === true ? { down: null, flap: null } : {}),
  ...(change.flap == null ? {} : { down: null }),
  ...change,
})

/** What is done with the frames of each end, or of all where it is the same. */
function linkText({ endpoints, impairments = {} }: Link): string {
  const texts = endpoints.map((end): readonly [Endpoint, string] => [
    end,
    impairmentText(own(impairments, endpointKey(end.node, end.interface)) ?? {}),
  ])
  const [first] = texts
  if (Object.values(impairments).every(isWhole)) return 'whole again'
  if (texts.every(([, text]) => text === first?.[1])) return first?.[1] ?? ''
  return texts.flatMap(([end, text]) => (text === '' ? [] : [`${text} from ${end.node}:${end.interface}`])).join('; ')
}

function noLink(lab: string, end: EndOfLink, links: readonly Link[]): string {
  const of = links.flatMap(({ endpoints }) => endpoints).filter(({ node }) => node === end.node)
  const names = [...new Set(of.map((one) => one.interface))]
  const known = names.length === 0 ? `it has no link of ${end.node}` : `${end.node} has ${names.join(', ')}`
  return `no link of lab ${lab} ends in ${end.node}:${end.interface}; ${known}`
}

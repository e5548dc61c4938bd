import { impairmentText } from '#core/impairment/text.ts'
import type { LinkShape } from './lab-shapes.ts'
import { table } from './output.ts'

/** What is done with the frames of a link, in words: once where it is the same for all its ends. */
export function impairmentsText({ endpoints, impairments = {} }: Pick<LinkShape, 'endpoints' | 'impairments'>): string {
  const texts = endpoints.map(({ node, interface: name }) => {
    const key = `${node}:${name}`
    return { key, text: impairmentText(impairments[key] ?? {}) }
  })
  const [first] = texts
  if (texts.every(({ text }) => text === first?.text)) return first?.text ?? ''
  return texts.flatMap(({ key, text }) => (text === '' ? [] : [`${text} from ${key}`])).join('; ')
}

/** Each end of some links and what is done with what it sends. */
export const linkEndsText = (links: readonly LinkShape[]): string =>
  table(
    ['end', 'host', 'state', 'impairment of what it sends', 'link', 'error'],
    links.flatMap(({ id, state, endpoints, impairments = {}, error }) =>
      endpoints.map(({ node, interface: name, host }) => [
        `${node}:${name}`,
        host,
        state === 'down' ? 'down (asked for)' : state,
        impairmentText(impairments[`${node}:${name}`] ?? {}),
        id,
        error,
      ]),
    ),
  )

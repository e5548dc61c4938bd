import type { CliIo } from '../io.ts'
import type { LabShape } from '../lab-shapes.ts'
import { plain } from '../output.ts'

/** What differs between two views of a lab, one line for each node and link; everything but `pending` where there was none. */
export function changes(before: LabShape | undefined, after: LabShape): readonly string[] {
  const nodes = new Map(before?.nodes.map((node) => [node.name, node]))
  const links = new Map(before?.links.map((link) => [link.id, link]))
  const isNew = (old: Told | undefined, now: Told) =>
    old === undefined
      ? now.state !== 'pending'
      : old.state !== now.state || old.error !== now.error || what(old.doing) !== what(now.doing)
  const tail = (text: string | undefined) => (text === undefined ? '' : `: ${text}`)
  return [
    ...after.nodes
      .filter((node) => isNew(nodes.get(node.name), node))
      .map(
        ({ name, state, host, error, doing }) =>
          `node ${name} ${state}${host === null || host === '' ? '' : ` on ${host}`}${tail(error ?? doing)}`,
      ),
    ...after.links
      .filter((link) => isNew(plainLink(links.get(link.id)), { state: link.state, ...errorOf(link) }))
      .map(({ id, state, error }) => `link ${id} ${state}${tail(error)}`),
  ]
}

interface Told {
  readonly state: string
  readonly error?: string
  readonly doing?: string
}

/** Of a link only what is wrong is told. */
const errorOf = ({ error }: Told): { error?: string } => (error === undefined ? {} : { error })
const plainLink = (link: Told | undefined): Told | undefined => link && { state: link.state, ...errorOf(link) }

/** How far it is changes all the time: that alone is no news. */
const what = (doing: string | undefined): string | undefined => doing?.replaceAll(/\d+/g, '0')

/** What nodes wait for that takes long, each once. */
const waitsFor = ({ nodes }: LabShape): readonly string[] => [
  ...new Set(nodes.flatMap(({ doing, host }) => (doing === undefined ? [] : [`${host ?? ''}: ${doing}`]))),
]

/** A lab in one line. */
export function brief({ name, state, nodes, links }: LabShape): string {
  const running = nodes.filter((node) => node.state === 'running').length
  const up = links.filter((link) => link.state === 'up').length
  return `${name} ${state}: ${running}/${nodes.length} nodes running, ${up}/${links.length} links up`
}

/** Shows how a lab goes on: on a terminal one line written over and over, elsewhere a line per change. */
export interface Progress {
  show(view: LabShape): void
  /** Ends the line that is written over. */
  end(): void
}

/** Returns to the start of the line and erases it, ECMA-48 §8.3.41. */
const ERASE = '\r\u001b[2K'

/** Progress on standard error; none where the output is for programs. */
export function createProgress(io: CliIo, isJson: boolean): Progress {
  if (isJson) return { show: () => {}, end: () => {} }
  let last: LabShape | undefined
  let isOpen = false
  return {
    show(view) {
      const lines = changes(last, view).filter((line) => !io.isTty || line.includes(' error'))
      const permanent = lines.map((line) => `${plain(line).replaceAll('\n', ' ')}\n`).join('')
      if (io.isTty) io.err(`${isOpen ? ERASE : ''}${permanent}${plain([brief(view), ...waitsFor(view)].join('; '))}`)
      else if (permanent !== '') io.err(permanent)
      isOpen = io.isTty
      last = view
    },
    end() {
      if (isOpen) io.err(ERASE)
      isOpen = false
    },
  }
}

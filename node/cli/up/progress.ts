import type { CliIo } from '../io.ts'
import { plain } from '../output.ts'
import type { LabShape } from '../shapes.ts'

/** What differs between two views of a lab, one line for each node and link; everything but `pending` where there was none. */
export function changes(before: LabShape | undefined, after: LabShape): readonly string[] {
  const nodes = new Map(before?.nodes.map((node) => [node.name, node]))
  const links = new Map(before?.links.map((link) => [link.id, link]))
  const isNew = (old: { state: string; error?: string } | undefined, now: { state: string; error?: string }) =>
    old === undefined ? now.state !== 'pending' : old.state !== now.state || old.error !== now.error
  const tail = (error: string | undefined) => (error === undefined ? '' : `: ${error}`)
  return [
    ...after.nodes
      .filter((node) => isNew(nodes.get(node.name), node))
      .map(
        ({ name, state, host, error }) =>
          `node ${name} ${state}${host === null || host === '' ? '' : ` on ${host}`}${tail(error)}`,
      ),
    ...after.links
      .filter((link) => isNew(links.get(link.id), link))
      .map(({ id, state, error }) => `link ${id} ${state}${tail(error)}`),
  ]
}

/** A lab in one line. */
function brief({ name, state, nodes, links }: LabShape): string {
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
      if (io.isTty) io.err(`${isOpen ? ERASE : ''}${permanent}${plain(brief(view))}`)
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

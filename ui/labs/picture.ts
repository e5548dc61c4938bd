import cytoscape, { type Core, type ElementDefinition } from 'cytoscape'
import { readColours } from '../colours.ts'
import { carryNonce } from '../nonce.ts'
import type { Graph, GraphNode } from './graph.ts'
import { layOut, placesOf, putBack } from './layout.ts'
import { pictureStyle } from './picture-style.ts'
import type { Positions } from './positions.ts'

export interface PictureDeps {
  onNode(name: string): void
  onLink(id: string): void
  /** The reader clicked beside everything. */
  onNothing(): void
  /** The reader moved something; where all is now. */
  onMoved(positions: Positions): void
}

/** Around the whole of it, in pixels. */
const MARGIN_PX = 22
const LARGEST_ZOOM = 1.2

/** The picture of one lab: hosts as boxes, cables with their interface names; what changes is changed in place. */
export class Picture {
  readonly #cy: Core
  readonly #deps: PictureDeps
  #shown = ''
  #isFitted = true

  constructor(container: HTMLElement, deps: PictureDeps) {
    carryNonce()
    this.#deps = deps
    this.#cy = cytoscape({
      container,
      style: pictureStyle(readColours()),
      minZoom: 0.1,
      maxZoom: 3,
      boxSelectionEnabled: false,
    })
    this.#listen()
  }

  destroy(): void {
    this.#cy.destroy()
  }

  /** Shows this graph. What the reader placed stays there, what is new finds a place beside it. */
  show(graph: Graph, kept: Positions): void {
    const wanted = elementsOf(graph)
    const ids = new Set(wanted.map(({ data }) => data.id))
    const parts = partsOf(wanted)
    this.#cy.batch(() => {
      // A node cannot change its box in place: what moved to another host is made anew.
      this.#cy
        .elements()
        .filter((one) => !ids.has(one.id()) || (one.isNode() && boxOf(one.data()) !== parts.get(one.id())))
        .remove()
      for (const [at, one] of wanted.entries()) {
        const there = this.#cy.getElementById(one.data.id ?? '')
        if (there.nonempty())
          there.data(one.data).classes([...(one.classes as string[]), ...keptClasses(there.classes())])
        else this.#cy.add({ ...one, ...somewhere(at) })
      }
    })
    const shape = [...ids].toSorted().join()
    if (shape === this.#shown) return
    const isFirst = this.#shown === ''
    this.#shown = shape
    this.#place(kept, isFirst)
  }

  /** Where a filter leaves everything else pale. */
  filter(isMeant: (what: { readonly label: string; readonly link: string }) => boolean): void {
    this.#cy.batch(() => {
      for (const one of this.#cy.elements().not('.box').toArray())
        one.toggleClass(
          'dim',
          !isMeant({ label: String(one.data('label') ?? ''), link: String(one.data('link') ?? '') }),
        )
      const meant = this.#cy.elements().not('.dim')
      meant.edges().connectedNodes().removeClass('dim')
      meant
        .nodes()
        .connectedEdges()
        .filter((edge) => edge.connectedNodes('.dim').empty())
        .removeClass('dim')
    })
  }

  /** Marks what is open beside the picture. */
  choose({ node, link }: { readonly node?: string | undefined; readonly link?: string | undefined }): void {
    this.#cy.batch(() => {
      this.#cy.elements('.chosen').removeClass('chosen')
      if (node !== undefined) this.#cy.getElementById(`node/${node}`).addClass('chosen')
      if (link !== undefined)
        this.#cy
          .edges()
          .filter((edge) => edge.data('link') === link)
          .addClass('chosen')
    })
  }

  fit(): void {
    this.#cy.resize()
    this.#cy.fit(undefined, MARGIN_PX)
    if (this.#cy.zoom() > LARGEST_ZOOM) this.#cy.zoom({ level: LARGEST_ZOOM, renderedPosition: centreOf(this.#cy) })
    this.#isFitted = true
  }

  /** The container has another size. Where the reader has not chosen what to see, all of it is seen. */
  resize(): void {
    this.#cy.resize()
    if (this.#isFitted) this.fit()
  }

  recolour(): void {
    this.#cy.style(pictureStyle(readColours()))
  }

  /** Lays all out anew, whatever was placed by hand. */
  layOut(): void {
    this.#place({}, true)
  }

  /** The whole picture as a PNG, twice as fine as the screen. */
  async png(): Promise<Blob> {
    return this.#cy.png({
      output: 'blob-promise',
      full: true,
      scale: 2,
      bg: readColours().panel,
      maxWidth: 8_000,
      maxHeight: 8_000,
    })
  }

  #place(kept: Positions, fits: boolean): void {
    if (!putBack(this.#cy, kept)) {
      layOut(this.#cy, kept)
      this.#deps.onMoved(placesOf(this.#cy))
    }
    if (fits) this.fit()
  }

  #listen(): void {
    const { onNode, onLink, onNothing, onMoved } = this.#deps
    this.#cy.on('tap', (event) => {
      const node = event.target === this.#cy ? undefined : event.target.data('node')
      const link = event.target === this.#cy ? undefined : (event.target.data('link') ?? event.target.data('dotOf'))
      if (typeof node === 'string') onNode(node)
      else if (typeof link === 'string') onLink(link)
      else onNothing()
    })
    this.#cy.on('scrollzoom dragpan pinchzoom', () => {
      this.#isFitted = false
    })
    this.#cy.on('mouseover', 'node', ({ target }) => target.addClass('hover'))
    this.#cy.on('mouseout', 'node', ({ target }) => target.removeClass('hover'))
    this.#cy.on('dragfree', 'node', () => onMoved(placesOf(this.#cy)))
  }
}

/** Classes a reader's doing gave it. */
const keptClasses = (classes: readonly string[]): readonly string[] =>
  classes.filter((one) => one === 'chosen' || one === 'dim' || one === 'hover')

/** Apart from each other until they are laid out: what lies on each other cannot be joined by a line. */
const somewhere = (at: number) => ({
  position: { x: Math.cos(at * 2.4) * 40 * Math.sqrt(at + 1), y: Math.sin(at * 2.4) * 40 * Math.sqrt(at + 1) },
})

const centreOf = (cy: Core) => ({ x: cy.width() / 2, y: cy.height() / 2 })

const boxOf = (data: Readonly<Record<string, unknown>>): string => (typeof data.parent === 'string' ? data.parent : '')
const partsOf = (elements: readonly ElementDefinition[]): ReadonlyMap<string, string> =>
  new Map(elements.map(({ data }) => [data.id ?? '', boxOf({ ...data })]))

/** About as wide as the words in it. */
const widthOf = ({ label }: GraphNode): number => Math.max(48, Math.round(label.length * 7.4) + 22)

function elementsOf({ boxes, nodes, edges }: Graph): readonly ElementDefinition[] {
  return [
    ...boxes.map(
      ({ id, name }): ElementDefinition => ({
        group: 'nodes',
        data: { id, label: name, width: 60, shape: 'round-rectangle', isBox: true },
        classes: ['box'],
      }),
    ),
    ...nodes.map((node): ElementDefinition => {
      const { id, label, shape, box, size, look } = node
      const opens = node.node === null ? {} : { node: node.node }
      const dotOf = size === 'dot' ? { dotOf: id.slice('dot/'.length) } : {}
      const parent = box === null ? {} : { parent: box }
      return {
        group: 'nodes',
        data: { id, label, shape, size, width: widthOf(node), ...opens, ...dotOf, ...parent },
        classes: [look.tone, look.line],
      }
    }),
    ...edges.map(
      ({ id, from, to, look, ...rest }): ElementDefinition => ({
        group: 'edges',
        data: { id, source: from, target: to, ...rest },
        classes: [look.tone, look.line],
      }),
    ),
  ]
}

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LabView } from '#agent/port.ts'
import { followTheme, isDark } from '../colours.ts'
import { Button } from '../parts/button.tsx'
import { useKeys } from '../shortcuts.ts'
import { isStale } from '../stores.ts'
import { count } from '../time-text.ts'
import { saveFile } from './download.ts'
import { graphOf, matches } from './graph.ts'
import { Legend } from './legend.tsx'
import { Picture } from './picture.ts'
import { keepPositions, keptPositions } from './positions.ts'

interface TopologyProps {
  readonly lab: LabView
  readonly node: string | undefined
  readonly link: string | undefined
  onOpen(what: { readonly node?: string; readonly link?: string }): void
  /** Id of the table that says the same. */
  readonly tableId: string
}

/** The picture of a lab, with what a reader may do to it. The tables beside it say the same in words. */
export function Topology({ lab, node, link, onOpen, tableId }: TopologyProps) {
  const container = useRef<HTMLDivElement>(null)
  const picture = useRef<Picture | undefined>(undefined)
  const [filter, setFilter] = useState('')
  const open = useRef(onOpen)
  open.current = onOpen
  useEffect(() => {
    if (container.current === null) return
    followTheme()
    const made = new Picture(container.current, {
      onNode: (name) => open.current({ node: name }),
      onLink: (id) => open.current({ link: id }),
      onNothing: () => open.current({}),
      onMoved: (positions) => keepPositions(lab.name, positions),
    })
    picture.current = made
    const watch = new ResizeObserver(() => made.resize())
    watch.observe(container.current)
    return () => {
      watch.disconnect()
      made.destroy()
      picture.current = undefined
    }
  }, [lab.name])
  const isOld = isStale.value
  useEffect(() => picture.current?.show(graphOf(lab, isOld), keptPositions(lab.name)), [lab, isOld])
  useEffect(() => picture.current?.recolour(), [isDark.value])
  useEffect(() => picture.current?.choose({ node, link }), [node, link, lab])
  useEffect(() => picture.current?.filter((what) => matches(filter, what.label, what.link)), [filter, lab])
  const fit = (): void => picture.current?.fit()
  useKeys([{ keys: 'f', what: 'fit the picture', run: fit }])
  const layOut = (): void => {
    keepPositions(lab.name, {})
    picture.current?.layOut()
  }
  const png = async (): Promise<void> => {
    const blob = await picture.current?.png()
    if (blob !== undefined) saveFile(`${lab.name}.png`, blob)
  }
  const words = `Topology of lab ${lab.name}: ${count(lab.nodes.length, 'node')}, ${count(lab.links.length, 'link')}. The tables below say the same.`
  return (
    <section class="card picture" aria-label="Topology">
      <Tools filter={filter} onFilter={setFilter}>
        <Button onClick={fit} title="Show all of it (f)">
          Fit
        </Button>
        <Button onClick={layOut} title="Forget where things were put, and lay them out anew">
          Lay out
        </Button>
        <Button onClick={png}>PNG</Button>
      </Tools>
      <div ref={container} class="canvas" role="img" aria-label={words} aria-describedby={tableId} />
      <Legend />
    </section>
  )
}

interface ToolsProps {
  readonly filter: string
  onFilter(text: string): void
  readonly children: ComponentChildren
}

const Tools = ({ filter, onFilter, children }: ToolsProps) => (
  <div class="row spread tools">
    <input
      type="search"
      placeholder="Filter (/)"
      aria-label="Filter the picture by node, link or interface"
      value={filter}
      onInput={(event) => onFilter(event.currentTarget.value)}
    />
    <span class="row">{children}</span>
  </div>
)

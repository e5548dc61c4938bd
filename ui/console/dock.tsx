import { useEffect, useState } from 'preact/hooks'
import { lazy } from '../lazy.tsx'
import { Button } from '../parts/button.tsx'
import { closeConsole, docked, front } from './dock-state.ts'

const TerminalPane = lazy(async () => (await import('./terminal.tsx')).TerminalPane)

/** Terminals at the foot of every page, while there are some. */
export function Dock() {
  const [isTall, setTall] = useState(false)
  const isOpen = docked.value.length > 0
  useEffect(() => {
    document.documentElement.dataset.dock = isOpen ? (isTall ? 'tall' : 'open') : ''
  }, [isOpen, isTall])
  if (!isOpen) return null
  const leave = (): void => document.querySelector<HTMLElement>('.dock [role=tab][aria-selected=true]')?.focus()
  return (
    <aside class={`dock ${isTall ? 'tall' : ''}`} aria-label="Terminals">
      <div class="row spread dock-bar">
        <div class="tabs" role="tablist" aria-label="Terminals">
          {docked.value.map(({ id, lab, node }) => (
            <button
              key={id}
              type="button"
              role="tab"
              aria-selected={id === front.value}
              onClick={() => {
                front.value = id
              }}
            >
              {node} <span class="hint">{lab}</span>
            </button>
          ))}
        </div>
        <span class="row">
          <Button kind="quiet" onClick={() => setTall(!isTall)}>
            {isTall ? 'Smaller' : 'Larger'}
          </Button>
          <Button
            kind="quiet"
            label="Close this terminal"
            onClick={() => front.value !== null && closeConsole(front.value)}
          >
            ✕
          </Button>
        </span>
      </div>
      {docked.value.map(({ id, lab, node }) => (
        <TerminalPane key={id} lab={lab} node={node} isHidden={id !== front.value} onLeave={leave} />
      ))}
    </aside>
  )
}

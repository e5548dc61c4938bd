import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../parts/button.tsx'

interface SidePanelProps {
  readonly title: string
  readonly children: ComponentChildren
  onClose(): void
}

/** What is known of one thing, beside the page it is on, which stays in use. Esc closes it; a keyboard begins in it. */
export function SidePanel({ title, children, onClose }: SidePanelProps) {
  const ref = useRef<HTMLElement>(null)
  const before = useRef<Element | null>(null)
  useEffect(() => {
    before.current = document.activeElement
    ref.current?.focus({ preventScroll: true })
    return () => {
      if (before.current instanceof HTMLElement && before.current.isConnected)
        before.current.focus({ preventScroll: true })
    }
  }, [title])
  return (
    <aside
      ref={ref}
      class="side card"
      tabIndex={-1}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header class="row spread side-head">
        <h2>{title}</h2>
        <Button kind="quiet" label="Close" onClick={onClose}>
          ✕
        </Button>
      </header>
      {children}
    </aside>
  )
}

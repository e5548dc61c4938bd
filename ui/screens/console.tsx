import { useEffect } from 'preact/hooks'
import { part } from '../api.ts'
import { TerminalPane } from '../console/terminal.tsx'
import type { ScreenProps } from './index.ts'

/** A terminal in a tab of its own. */
export function ConsoleScreenPage({ params: { lab = '', node = '' } }: ScreenProps) {
  useEffect(() => {
    document.title = `${node} · ${lab} · Skein`
  }, [lab, node])
  const leave = (): void => document.querySelector<HTMLElement>('.console-page a')?.focus()
  return (
    <main class="console-page">
      <h1 class="row">
        <a href={`/labs/${part(lab)}?node=${part(node)}`}>{lab}</a>
        <span class="hint">/</span> {node}
      </h1>
      <TerminalPane lab={lab} node={node} onLeave={leave} />
    </main>
  )
}

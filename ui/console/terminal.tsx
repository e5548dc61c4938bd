import { useEffect, useRef, useState } from 'preact/hooks'
import { followTheme, isDark } from '../colours.ts'
import { saveFile } from '../labs/download.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Trouble } from '../parts/error-box.tsx'
import type { ConsoleState } from './client.ts'
import { fontSize } from './font-size.ts'
import { ConsoleScreen } from './screen.ts'
import '../styles/console.css'

interface TerminalProps {
  readonly lab: string
  readonly node: string
  /** Another one is in front of it. */
  readonly isHidden?: boolean
  /** The reader left the terminal by its keys. */
  onLeave(): void
}

/** A terminal in a node: what it says, how the way to it is, and what can be done with it. */
export function TerminalPane({ lab, node, isHidden = false, onLeave }: TerminalProps) {
  const box = useRef<HTMLDivElement>(null)
  const screen = useRef<ConsoleScreen | undefined>(undefined)
  const [state, setState] = useState<ConsoleState>({ type: 'opening' })
  const [size, setSize] = useState('')
  const leave = useRef(onLeave)
  leave.current = onLeave
  useEffect(() => {
    if (box.current === null) return
    followTheme()
    const deps = {
      lab,
      node,
      onState: setState,
      onSize: (cols: number, rows: number) => setSize(`${cols} × ${rows}`),
      onLeave: () => leave.current(),
    }
    const made = new ConsoleScreen(box.current, deps, { isDark: isDark.value, fontSize: fontSize.value })
    screen.current = made
    made.focus()
    return () => made.destroy()
  }, [lab, node])
  useEffect(() => screen.current?.recolour(isDark.value), [isDark.value])
  useEffect(() => screen.current?.fontSize(fontSize.value), [fontSize.value])
  useEffect(() => {
    if (isHidden) return
    screen.current?.fit()
    screen.current?.focus()
  }, [isHidden])
  return (
    <section class="terminal" hidden={isHidden} aria-label={`Terminal of ${node} in lab ${lab}`}>
      <div class="row spread terminal-bar">
        <span class="row">
          <StateOf state={state} />
          <span class="hint">
            {node} · {lab} · {size}
          </span>
        </span>
        <Tools screen={() => screen.current} name={`${lab}-${node}`} />
      </div>
      <Over state={state} onReopen={() => screen.current?.reopen()} />
      <div ref={box} class="terminal-box" />
      <p class="hint terminal-foot">
        <kbd>Ctrl</kbd> <kbd>Shift</kbd> and <kbd>Esc</kbd> leaves the terminal, <kbd>C</kbd> copies, <kbd>V</kbd>{' '}
        pastes
      </p>
    </section>
  )
}

function StateOf({ state }: { readonly state: ConsoleState }) {
  if (state.type === 'open') return <Badge state={`on ${state.host}`} tone="ok" />
  if (state.type === 'opening') return <Badge state="opening" tone="busy" />
  if (state.type === 'lost') return <Badge state="cut, coming back" tone="warn" />
  if (state.type === 'exited') return <Badge state={`exited ${state.code}`} tone="unknown" />
  return <Badge state="failed" tone="error" />
}

function Over({ state, onReopen }: { readonly state: ConsoleState; onReopen(): void }) {
  if (state.type !== 'exited' && state.type !== 'failed') return null
  return (
    <div class="terminal-over">
      {state.type === 'exited' ? (
        <p role="status">The shell ended with code {state.code}.</p>
      ) : (
        <Trouble what={state.message} next={state.hint} />
      )}
      <Button kind="primary" onClick={onReopen}>
        Reopen
      </Button>
    </div>
  )
}

function Tools({ screen, name }: { screen(): ConsoleScreen | undefined; readonly name: string }) {
  const [text, setText] = useState('')
  const [isMissing, setMissing] = useState(false)
  const find = (direction: 'next' | 'before'): void =>
    setMissing(text !== '' && screen()?.find(text, direction) === false)
  return (
    <span class="row">
      <input
        type="search"
        class="terminal-find"
        placeholder="Search"
        aria-label="Search what was printed; Enter for the one before, Shift Enter for the next"
        aria-invalid={isMissing}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(event.shiftKey ? 'next' : 'before')
        }}
      />
      <Button kind="quiet" label="A− Smaller letters" onClick={() => fontSize.change(-1)}>
        A−
      </Button>
      <Button kind="quiet" label="A+ Larger letters" onClick={() => fontSize.change(1)}>
        A+
      </Button>
      <Button
        kind="quiet"
        title="All that can be scrolled back to, as text"
        onClick={() => saveFile(`${name}.txt`, new Blob([screen()?.text() ?? ''], { type: 'text/plain' }))}
      >
        Download
      </Button>
    </span>
  )
}

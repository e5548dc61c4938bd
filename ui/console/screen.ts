import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { part } from '../api.ts'
import { carryNonce } from '../nonce.ts'
import { ConsoleClient, type ConsoleSocket, type ConsoleState } from './client.ts'
import { DARK, LIGHT } from './palette.ts'

/** Lines that can be scrolled back to. */
const SCROLLBACK = 20_000

export interface ScreenDeps {
  readonly lab: string
  readonly node: string
  onState(state: ConsoleState): void
  /** Columns and rows, for people. */
  onSize(cols: number, rows: number): void
  /** The keys that leave a terminal were pressed. */
  onLeave(): void
}

/** One terminal on the page and its way to the node. */
export class ConsoleScreen {
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #search = new SearchAddon()
  readonly #client: ConsoleClient
  readonly #watch: ResizeObserver

  constructor(box: HTMLElement, deps: ScreenDeps, look: { readonly isDark: boolean; readonly fontSize: number }) {
    carryNonce()
    this.#terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize: look.fontSize,
      scrollback: SCROLLBACK,
      screenReaderMode: true,
      theme: look.isDark ? DARK : LIGHT,
    })
    for (const addon of [this.#fit, this.#search, new Unicode11Addon()]) this.#terminal.loadAddon(addon)
    this.#terminal.unicode.activeVersion = '11'
    this.#terminal.open(box)
    this.#fit.fit()
    this.#client = this.#connect(deps)
    this.#terminal.onData((text) => this.#client.type(new TextEncoder().encode(text)))
    this.#takeInserted()
    this.#terminal.onBinary((text) => this.#client.type(Uint8Array.from(text, (char) => char.charCodeAt(0))))
    this.#terminal.onResize((size) => {
      this.#client.resize(size)
      deps.onSize(size.cols, size.rows)
    })
    this.#terminal.attachCustomKeyEventHandler((event) => this.#isTyped(event, deps))
    this.#watch = new ResizeObserver(() => this.fit())
    this.#watch.observe(box)
    deps.onSize(this.#terminal.cols, this.#terminal.rows)
    this.#client.start()
  }

  #connect({ lab, node, onState }: ScreenDeps): ConsoleClient {
    const origin = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`
    const { cols, rows } = this.#terminal
    return new ConsoleClient(
      {
        connect: (query): ConsoleSocket => {
          const socket = new WebSocket(`${origin}/v1/labs/${part(lab)}/nodes/${part(node)}/console?${query}`)
          socket.binaryType = 'arraybuffer'
          // Its events are more than is used of them.
          return socket as ConsoleSocket
        },
        nowMs: () => performance.now(),
        after: (ms, call) => {
          const timer = setTimeout(call, ms)
          return () => clearTimeout(timer)
        },
        onState,
        onBytes: (bytes) => this.#terminal.write(bytes),
        onMissed: (bytes) =>
          this.#terminal.write(
            `\r\n\u001b[33m[${bytes} bytes that were printed meanwhile are not kept any more]\u001b[0m\r\n`,
          ),
        onSize: (columns, lines) => {
          if (columns !== this.#terminal.cols || lines !== this.#terminal.rows) this.#terminal.resize(columns, lines)
        },
      },
      { cols, rows },
    )
  }

  /** False for the few keys that are the page's: Ctrl+Shift+Esc leaves, Ctrl+Shift+C copies what is selected. */
  #isTyped(event: KeyboardEvent, { onLeave }: ScreenDeps): boolean {
    if (!event.ctrlKey || !event.shiftKey) return true
    const isCopy = event.code === 'KeyC' && this.#terminal.hasSelection()
    if (event.key !== 'Escape' && !isCopy) return true
    event.preventDefault()
    if (event.type !== 'keydown') return false
    if (isCopy) void navigator.clipboard.writeText(this.#terminal.getSelection())
    else onLeave()
    return false
  }

  /**
   * Text that no key press brings, of an on-screen keyboard or a picker of signs: for the sake of screen readers xterm leaves it alone. With a key
   * press before it, it is the terminal's own.
   */
  #takeInserted(): void {
    const { textarea } = this.#terminal
    let isKeyDown = false
    textarea?.addEventListener('keydown', () => {
      isKeyDown = true
    })
    textarea?.addEventListener('keyup', () => {
      isKeyDown = false
    })
    textarea?.addEventListener('input', (event) => {
      if (!(event instanceof InputEvent) || event.inputType !== 'insertText' || event.isComposing || isKeyDown) return
      this.#client.type(new TextEncoder().encode(event.data ?? ''))
      textarea.value = ''
    })
  }

  /** As many columns and rows as there is room for; nothing while it is not shown. */
  fit(): void {
    const room = this.#fit.proposeDimensions()
    if (room !== undefined && Number.isFinite(room.cols) && room.cols > 1) this.#fit.fit()
  }

  focus(): void {
    this.#terminal.focus()
  }

  /** A new shell after the old one ended. */
  reopen(): void {
    this.#terminal.reset()
    this.#client.reopen()
    this.#terminal.focus()
  }

  recolour(isDark: boolean): void {
    this.#terminal.options.theme = isDark ? DARK : LIGHT
  }

  fontSize(px: number): void {
    this.#terminal.options.fontSize = px
    this.fit()
  }

  find(text: string, direction: 'next' | 'before'): boolean {
    return direction === 'next' ? this.#search.findNext(text) : this.#search.findPrevious(text)
  }

  /** All that can be scrolled back to, as text. */
  text(): string {
    const { active } = this.#terminal.buffer
    const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? '')
    return `${lines.join('\n').trimEnd()}\n`
  }

  destroy(): void {
    this.#watch.disconnect()
    this.#client.close()
    this.#terminal.dispose()
  }
}

/** `opening`: asked for; `open`: bytes flow; `lost`: the way was cut, it is tried again; `ended`: nothing comes any more. */
export type ConsoleState =
  | { readonly type: 'opening' }
  | { readonly type: 'open'; readonly host: string }
  | { readonly type: 'lost'; readonly sinceMs: number }
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'failed'; readonly message: string; readonly hint: string }

/** What is used of a WebSocket. */
export interface ConsoleSocket {
  send(data: string | Uint8Array): void
  close(): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: (() => void) | null
}

export interface ConsoleDeps {
  /** `query`: what follows the `?` of the console's path. */
  connect(query: string): ConsoleSocket
  nowMs(): number
  after(ms: number, call: () => void): () => void
  onState(state: ConsoleState): void
  onBytes(bytes: Uint8Array): void
  /** Bytes that were printed while nobody looked and are not kept any more. */
  onMissed(bytes: number): void
  /** Another viewer gave the terminal this size. */
  onSize(cols: number, rows: number): void
}

export interface Size {
  readonly cols: number
  readonly rows: number
}

/** A host keeps a session so long for a viewer that is gone. */
const KEPT_MS = 60_000
const FIRST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 4_000
/** While the way is cut this much of what is typed is kept; more is most likely a paste that would arrive in pieces. */
const MAX_TYPED = 1_000

/** One terminal over a WebSocket that may be cut: comes back to its session, and gets what it missed. */
export class ConsoleClient {
  readonly #deps: ConsoleDeps
  #size: Size
  #socket: ConsoleSocket | undefined
  #session: string | undefined
  /** Bytes of the session that arrived. */
  #received = 0
  #state: ConsoleState = { type: 'opening' }
  #lostMs: number | undefined
  #tries = 0
  #typed: Uint8Array[] = []
  #isClosed = false
  #cancel: () => void = () => {}

  constructor(deps: ConsoleDeps, size: Size) {
    this.#deps = deps
    this.#size = size
  }

  start(): void {
    const query = new URLSearchParams({ cols: String(this.#size.cols), rows: String(this.#size.rows) })
    if (this.#session !== undefined) {
      query.set('session', this.#session)
      query.set('after', String(this.#received))
    }
    const socket = this.#deps.connect(query.toString())
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#heard(data)
    socket.onclose = () => this.#cut()
  }

  /** What was typed; kept for a moment while the way is cut. */
  type(bytes: Uint8Array): void {
    if (this.#state.type === 'open') this.#socket?.send(bytes)
    else if (this.#typed.reduce((sum, one) => sum + one.length, bytes.length) <= MAX_TYPED) this.#typed.push(bytes)
  }

  resize(size: Size): void {
    this.#size = size
    if (this.#state.type === 'open') this.#socket?.send(JSON.stringify({ type: 'resize', ...size }))
  }

  /** Lets the session go; the host ends it after a while. */
  close(): void {
    this.#isClosed = true
    this.#cancel()
    this.#leave()
  }

  /** A new shell, after the old one ended. */
  reopen(): void {
    this.#leave()
    this.#session = undefined
    this.#received = 0
    this.#lostMs = undefined
    this.#tries = 0
    this.#typed = []
    this.#to({ type: 'opening' })
    this.start()
  }

  #leave(): void {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    socket.onclose = null
    socket.onmessage = null
    socket.close()
  }

  #to(state: ConsoleState): void {
    this.#state = state
    this.#deps.onState(state)
  }

  #heard(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const bytes = new Uint8Array(data)
      this.#received += bytes.length
      this.#deps.onBytes(bytes)
    } else if (typeof data === 'string') this.#control(data)
  }

  #control(text: string): void {
    const message = decodeControl(text)
    if (message === undefined) return
    if (message.type === 'opened') this.#opened(message)
    else if (message.type === 'size') this.#deps.onSize(message.cols, message.rows)
    else if (message.type === 'exit') this.#end({ type: 'exited', code: message.code })
    else this.#end({ type: 'failed', message: message.message, hint: message.hint })
  }

  #opened({
    session,
    host,
    offset,
  }: {
    readonly session: string
    readonly host: string
    readonly offset: number
  }): void {
    if (this.#session === session && offset > this.#received) this.#deps.onMissed(offset - this.#received)
    this.#session = session
    this.#received = offset
    this.#lostMs = undefined
    this.#tries = 0
    this.#to({ type: 'open', host })
    this.resize(this.#size)
    for (const bytes of this.#typed.splice(0)) this.#socket?.send(bytes)
  }

  #end(state: ConsoleState): void {
    this.#leave()
    this.#typed = []
    this.#to(state)
  }

  #cut(): void {
    this.#socket = undefined
    if (this.#isClosed) return
    const nowMs = this.#deps.nowMs()
    this.#lostMs ??= nowMs
    if (nowMs - this.#lostMs > KEPT_MS) {
      const hint = 'Reopen it once the host answers again; another host of the mesh may reach the node.'
      this.#end({ type: 'failed', message: 'The way to the terminal was cut for too long.', hint })
      return
    }
    this.#to({ type: 'lost', sinceMs: this.#lostMs })
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries)
    this.#tries += 1
    this.#cancel = this.#deps.after(pauseMs, () => this.start())
  }
}

type Control =
  | { readonly type: 'opened'; readonly session: string; readonly host: string; readonly offset: number }
  | { readonly type: 'size'; readonly cols: number; readonly rows: number }
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'error'; readonly message: string; readonly hint: string }

/** Undefined for what this page does not know. */
export function decodeControl(text: string): Control | undefined {
  let value: Readonly<Record<string, unknown>>
  try {
    value = JSON.parse(text) ?? {}
  } catch {
    return undefined
  }
  const { type, session, host, offset, cols, rows, code, message, hint } = value
  if (type === 'opened' && typeof session === 'string')
    return { type, session, host: String(host ?? ''), offset: typeof offset === 'number' ? offset : 0 }
  if (type === 'size' && typeof cols === 'number' && typeof rows === 'number') return { type, cols, rows }
  if (type === 'exit') return { type, code: typeof code === 'number' ? code : 0 }
  if (type === 'error') return { type, message: String(message ?? 'it cannot be opened'), hint: String(hint ?? '') }
  return undefined
}

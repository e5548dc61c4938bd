import { type Line, openLine, type Told } from './console-line.ts'
import { CommandFailed, toldFailure } from './failures.ts'
import type { CliIo } from './io.ts'
import type { Target } from './target.ts'

export interface ConsoleWish {
  readonly target: Target
  /** Without query. */
  readonly path: string
  readonly session?: string
  readonly view?: boolean
}

/** Ctrl+]: leaves the terminal, as telnet(1) does. */
const LEAVE = 0x1d
/** End of what is typed: what a pipe says by ending. */
const END_OF_INPUT = Buffer.from([4])
/** Of what comes through a pipe so much may be under way. */
const AHEAD_BYTES = 64 * 1024
/** How long a terminal waits for who was cut off. */
const KEPT_MS = 60_000
const AGAIN_MS = 500

/** A terminal in a node, at the terminal of whoever calls, or through pipes. Resolves to the exit code of its program. */
export async function runConsole(io: CliIo, wish: ConsoleWish): Promise<number> {
  const console = new Console(io, wish)
  const stop = new AbortController()
  const restore = io.terminal.raw()
  const offResize = io.terminal.onResize(() => console.resize())
  const typing = console.type(stop.signal)
  try {
    return await Promise.race([console.run(), typing.then(() => new Promise<never>(() => {}))])
  } finally {
    offResize()
    restore()
    stop.abort()
    console.tellEnd()
  }
}

class Console {
  readonly #io: CliIo
  readonly #wish: ConsoleWish
  #line: Line | undefined
  #session: string | undefined
  #host = ''
  /** Bytes of the session that came. */
  #at = 0
  #end: { readonly code: number } | CommandFailed | 'left' | undefined
  #typed = 0
  #taken = 0
  #wake = (): void => {}

  constructor(io: CliIo, wish: ConsoleWish) {
    this.#io = io
    this.#wish = wish
    this.#session = wish.session
  }

  /** Until its program ends or the caller leaves; a cut connection is made again. */
  async run(): Promise<number> {
    const io = this.#io
    let lostMs: number | undefined
    while (this.#end === undefined) {
      try {
        await this.#connect()
        lostMs = undefined
      } catch (error) {
        if (lostMs === undefined || io.nowMs() - lostMs > KEPT_MS) throw error
      }
      if (this.#end !== undefined) break
      if (!io.terminal.isTty) throw lost()
      if (lostMs === undefined) io.err('\r\n[the connection is lost; trying again]\r\n')
      lostMs ??= io.nowMs()
      await io.sleep(AGAIN_MS, new AbortController().signal)
    }
    if (this.#end instanceof CommandFailed) throw this.#end
    return this.#end === 'left' ? 0 : this.#end.code
  }

  resize(): void {
    this.#line?.resize(this.#io.terminal.size())
  }

  /** Passes on what is typed, until the input ends or `signal` fires. */
  async type(signal: AbortSignal): Promise<void> {
    const { terminal } = this.#io
    for await (const bytes of terminal.input(signal)) {
      const at = terminal.isTty ? bytes.indexOf(LEAVE) : -1
      await this.#send(at < 0 ? bytes : bytes.subarray(0, at), signal)
      if (at < 0) continue
      this.#end = 'left'
      this.#line?.close()
      return
    }
    if (!signal.aborted) await this.#send(END_OF_INPUT, signal)
  }

  tellEnd(): void {
    if (this.#end === 'left' && this.#session !== undefined)
      this.#io.err(`\n[left; for a minute it goes on with --session ${this.#session}]\n`)
  }

  async #send(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const { isTty } = this.#io.terminal
    while (!signal.aborted && (this.#line === undefined || (!isTty && this.#typed - this.#taken > AHEAD_BYTES))) {
      // Nobody knows what becomes of keys hit while there is no connection.
      if (isTty && this.#session !== undefined) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    this.#typed += bytes.length
    if (bytes.length > 0) this.#line?.send(bytes)
  }

  async #connect(): Promise<void> {
    const { target, path } = this.#wish
    const out = await this.#io.openOut(undefined)
    const line = await openLine(target, `${path}?${this.#query()}`, {
      onBytes: async (bytes) => {
        await out.write(bytes)
        this.#at += bytes.length
      },
      onTold: (told) => this.#told(told),
    })
    this.#line = line
    // It may be another one by now.
    this.resize()
    this.#wake()
    if (this.#end !== undefined) line.close()
    await line.closed
    this.#line = undefined
  }

  #query(): URLSearchParams {
    const { cols, rows } = this.#io.terminal.size()
    const query = new URLSearchParams({ cols: String(cols), rows: String(rows) })
    if (this.#session !== undefined) query.set('session', this.#session)
    if (this.#host !== '') query.set('after', String(this.#at))
    if (this.#wish.view === true) query.set('view', '1')
    if (!this.#io.terminal.isTty) query.set('counts', '1')
    return query
  }

  #told(told: Told): void {
    if (told.type === 'opened') {
      if (this.#host !== '' && told.offset > this.#at)
        this.#io.err(`\r\n[${told.offset - this.#at} bytes are lost]\r\n`)
      this.#session = told.session
      this.#host = told.host
      this.#at = told.offset
    } else if (told.type === 'taken') {
      this.#taken = told.bytes
      this.#wake()
    } else if (told.type === 'exit') this.#end ??= { code: told.code }
    else if (told.type === 'error') this.#end ??= toldFailure({ ...told, details: {} })
  }
}

const lost = (): CommandFailed =>
  new CommandFailed(
    { error: 'UNREACHABLE', message: 'the connection to the terminal is lost', hint: 'Run it again.', details: {} },
    3,
  )

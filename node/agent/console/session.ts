import { MeshError } from '#core/model/errors.ts'
import type { Terminal, TerminalSize } from '#drivers/terminal.ts'
import type { ConsoleAsk, ConsoleInput, ConsoleOutput } from '../port.ts'
import { Pulse } from './pulse.ts'
import { Replay } from './replay.ts'
import { Typing } from './typing.ts'
import { Viewer } from './viewer.ts'

export interface SessionOptions {
  readonly id: string
  readonly host: string
  readonly node: string
  readonly terminal: Terminal
  readonly size: TerminalSize
  /** Called once, when the program has ended or was hung up. */
  onEnd(end: SessionEnd): void
  /** Called when the last viewer has gone, and when one is back. */
  onWatched(isWatched: boolean): void
  /** Something was typed or printed. */
  onLife(): void
}

/** How it ended: by its program, or for another reason. */
export type SessionEnd = { readonly code: number } | MeshError

const KEPT_BYTES = 256 * 1024
const PIECE_BYTES = 32 * 1024
const MAX_VIEWERS = 8
/** A viewer that takes nothing for so long keeps the others waiting no longer. */
const STUCK_MS = 10_000
/** The node has taken so much more: told to those who count. */
const TAKEN_STEP_BYTES = 16 * 1024

/**
 * One terminal in a node, with all who see it. What it prints is kept until every viewer has it: the program waits for them, as it would for
 * a slow line. While nobody looks it may fill what is kept, and then waits.
 */
export class Session {
  readonly #options: SessionOptions
  readonly #replay = new Replay(KEPT_BYTES)
  readonly #pulse = new Pulse()
  readonly #viewers = new Set<Viewer>()
  readonly #typing: Typing
  #size: TerminalSize
  /** What the last viewer had when it left. */
  #seen = 0
  #end: SessionEnd | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#size = options.size
    this.#typing = new Typing(options.terminal, () => this.#pulse.beat())
    void this.#print()
  }

  get id(): string {
    return this.#options.id
  }

  get viewers(): number {
    return this.#viewers.size
  }

  /** Ends it, for this reason unless the program has ended already. */
  async close(why: MeshError): Promise<void> {
    this.#ended(why)
    await this.#options.terminal.close()
  }

  /** What one viewer sees, from `after` on, until the program ends or `signal` fires. Throws BUSY, and what ended the session. */
  async *watch(
    ask: ConsoleAsk,
    input: AsyncIterable<ConsoleInput>,
    signal: AbortSignal,
  ): AsyncGenerator<ConsoleOutput, void> {
    const viewer = this.#enter(ask)
    const onAbort = (): void => this.#pulse.beat()
    signal.addEventListener('abort', onAbort)
    void this.#listen(viewer, input)
    try {
      const { id: session, host, node } = this.#options
      yield { type: 'opened', session, host, node, offset: viewer.at }
      while (!signal.aborted) {
        const next = this.#nextFor(viewer)
        if (next === undefined) await this.#pulse.next()
        else yield next
        if (next?.type === 'exit') return
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#leave(viewer)
    }
  }

  #enter(ask: ConsoleAsk): Viewer {
    if (this.#viewers.size >= MAX_VIEWERS)
      throw new MeshError('BUSY', `${MAX_VIEWERS} viewers see this terminal, and no more can`)
    const { start, end } = this.#replay
    const viewer = new Viewer(ask, Math.min(end, Math.max(start, ask.after ?? start)))
    viewer.told = { ...viewer.told, ...this.#size }
    this.#viewers.add(viewer)
    if (this.#viewers.size === 1) this.#options.onWatched(true)
    this.#fit()
    return viewer
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    this.#seen = viewer.acked
    this.#fit()
    this.#pulse.beat()
    if (this.#viewers.size === 0) this.#options.onWatched(false)
  }

  /** What this viewer is to have now; throws where it is to go. */
  #nextFor(viewer: Viewer): ConsoleOutput | undefined {
    if (viewer.dropped !== undefined) throw viewer.dropped
    const { cols, rows } = this.#size
    const { told, taken } = viewer
    if (told.cols !== cols || told.rows !== rows) {
      viewer.told = { ...told, cols, rows }
      return { type: 'size', cols, rows }
    }
    const isAll = taken === viewer.typed || taken - told.taken >= TAKEN_STEP_BYTES
    if (viewer.ask.counts === true && taken > told.taken && isAll) {
      viewer.told = { ...told, taken }
      return { type: 'taken', bytes: taken }
    }
    return this.#printedFor(viewer) ?? this.#endFor(viewer)
  }

  #printedFor(viewer: Viewer): ConsoleOutput | undefined {
    // Of a viewer that was stuck some may be lost; it is sent away, but others' pace may have gone past it before.
    viewer.at = Math.max(viewer.at, this.#replay.start)
    const bytes = this.#replay.read(viewer.at, Math.min(PIECE_BYTES, viewer.room))
    if (bytes.length === 0) return undefined
    viewer.at += bytes.length
    return { type: 'data', bytes }
  }

  #endFor(viewer: Viewer): ConsoleOutput | undefined {
    if (this.#end === undefined || viewer.at < this.#replay.end) return undefined
    if (this.#end instanceof MeshError) throw this.#end
    return { type: 'exit', code: this.#end.code }
  }

  /** Reads always, however long the node takes: what says that output arrived must not wait behind what was typed. */
  async #listen(viewer: Viewer, input: AsyncIterable<ConsoleInput>): Promise<void> {
    try {
      for await (const message of input) {
        if (!this.#viewers.has(viewer)) return
        if (message.type !== 'data') viewer.heard(message)
        else if (viewer.ask.view !== true && viewer.types(message.bytes.length)) this.#type(viewer, message.bytes)
        if (message.type === 'resize') this.#fit()
        this.#pulse.beat()
      }
    } catch (error) {
      viewer.dropped ??= error instanceof MeshError ? error : new MeshError('BAD_INPUT', 'a message that is none')
      this.#pulse.beat()
    }
  }

  #type(viewer: Viewer, bytes: Uint8Array): void {
    this.#options.onLife()
    this.#typing.add(viewer, bytes)
  }

  /** The size that all who type can show whole. */
  #fit(): void {
    const typing = [...this.#viewers].filter(({ ask }) => ask.view !== true)
    if (typing.length === 0) return
    const cols = Math.min(...typing.map((viewer) => viewer.cols))
    const rows = Math.min(...typing.map((viewer) => viewer.rows))
    if (cols === this.#size.cols && rows === this.#size.rows) return
    this.#size = { cols, rows }
    void this.#options.terminal.resize(this.#size)
    this.#pulse.beat()
  }

  async #print(): Promise<void> {
    const { terminal, onLife } = this.#options
    for await (const bytes of terminal.output) {
      onLife()
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const piece = bytes.subarray(at, at + PIECE_BYTES)
        await this.#room(piece.length)
        this.#replay.add(piece)
        this.#pulse.beat()
      }
    }
    if (this.#end !== undefined) return
    const code = await terminal.exitCode()
    this.#ended(
      code === undefined
        ? new MeshError('NOT_FOUND', `the terminal ended with its node, ${this.#options.node}`)
        : { code },
    )
  }

  /** Waits until this many bytes more push out none that a viewer lacks. */
  async #room(bytes: number): Promise<void> {
    const isThere = (): boolean => this.#end !== undefined || this.#replay.end + bytes - this.#slowest() <= KEPT_BYTES
    if (isThere()) return
    let before = this.#slowest()
    const timer = setInterval(() => {
      const now = this.#slowest()
      if (now === before) this.#drop(now)
      before = now
    }, STUCK_MS)
    try {
      while (!isThere()) await this.#pulse.next()
    } finally {
      clearInterval(timer)
    }
  }

  #slowest(): number {
    if (this.#viewers.size === 0) return this.#seen
    return Math.min(...[...this.#viewers].filter(({ dropped }) => dropped === undefined).map(({ acked }) => acked))
  }

  /** Sends away whoever has not got past this byte, unless that is all there are. */
  #drop(stuckAt: number): void {
    const stuck = [...this.#viewers].filter(({ acked }) => acked === stuckAt)
    if (stuck.length === this.#viewers.size) return
    for (const viewer of stuck)
      viewer.dropped ??= new MeshError('BUSY', 'this viewer takes nothing, and the others wait for it')
    this.#pulse.beat()
  }

  #ended(end: SessionEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#pulse.beat()
    this.#options.onEnd(end)
  }
}

import { applyPatch, type PatchOp } from './patch.ts'
import type { MeshView } from './view.ts'

/** `live`: what is shown is what the host sees; `reconnecting`: it may be old; `offline`: nothing was heard for long. */
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'offline'

/** What is used of a WebSocket. */
export interface LiveSocket {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: (() => void) | null
}

export interface LiveDeps {
  connect(): LiveSocket
  /** Monotonic, milliseconds. */
  nowMs(): number
  /** Calls once after `ms`; the answer takes it back. */
  after(ms: number, call: () => void): () => void
  /** 0 to 1, so that the tabs of many people do not come back at once. */
  random(): number
  onState(state: LiveState): void
  onView(view: MeshView): void
  /** A connection was refused or lost: the one who asks may be signed out. */
  onLost(): void
}

type Message =
  | { readonly type: 'snapshot'; readonly seq: number; readonly view: MeshView }
  | { readonly type: 'patch'; readonly seq: number; readonly ops: readonly PatchOp[] }

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A host sends twice a second; one that is silent for so long is cut off, whatever TCP believes. */
const SILENT_MS = 10_000
/** After so many tries in vain people are told that the host is gone. */
const OFFLINE_AFTER = 3
/** What a hidden tab missed is more than is worth patching. */
const HIDDEN_MS = 30_000

/** Keeps one view of the mesh fresh: snapshot, patches in order, a new snapshot after a gap, a new connection after a pause. */
export class LiveClient {
  readonly #deps: LiveDeps
  #socket: LiveSocket | undefined
  #view: unknown
  #seq = -1
  #isResyncing = false
  #tries = 0
  #heardMs = 0
  #hiddenAtMs: number | undefined
  #lab: string | null = null
  #isStopped = true
  #cancel: () => void = () => {}

  constructor(deps: LiveDeps) {
    this.#deps = deps
  }

  /** When the host was last heard, by `nowMs`. */
  get heardMs(): number {
    return this.#heardMs
  }

  start(): void {
    if (!this.#isStopped) return
    this.#isStopped = false
    this.#tries = 0
    this.#open()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
    this.#drop()
  }

  /** Which lab is to be shown whole; null for none. */
  watch(lab: string | null): void {
    if (lab === this.#lab) return
    this.#lab = lab
    this.#send({ type: 'watch', lab })
  }

  /** The tab was hidden or shown. */
  hidden(isHidden: boolean): void {
    const since = this.#hiddenAtMs
    this.#hiddenAtMs = isHidden ? this.#deps.nowMs() : undefined
    if (!isHidden && since !== undefined && this.#deps.nowMs() - since > HIDDEN_MS) this.#resync()
  }

  /** At once instead of after the pause. */
  retry(): void {
    if (this.#isStopped || this.#socket !== undefined) return
    this.#cancel()
    this.#open()
  }

  #open(): void {
    this.#deps.onState(this.#tries === 0 ? 'connecting' : this.#tries > OFFLINE_AFTER ? 'offline' : 'reconnecting')
    const socket = this.#deps.connect()
    this.#socket = socket
    socket.onopen = () => this.#lab !== null && this.#send({ type: 'watch', lab: this.#lab })
    socket.onmessage = ({ data }) => this.#heard(data)
    socket.onclose = () => this.#lost()
    this.#watchSilence()
  }

  #heard(data: unknown): void {
    const message = decodeMessage(data)
    if (message === undefined) return
    this.#heardMs = this.#deps.nowMs()
    this.#watchSilence()
    if (message.type === 'snapshot') {
      this.#isResyncing = false
      this.#show(message.view, message.seq)
      this.#tries = 0
      this.#deps.onState('live')
    } else if (!this.#isResyncing) this.#patch(message.seq, message.ops)
  }

  #patch(seq: number, ops: readonly PatchOp[]): void {
    try {
      if (seq !== this.#seq + 1) throw new RangeError('a patch was missed')
      this.#show(applyPatch(this.#view, ops), seq)
    } catch {
      this.#resync()
    }
  }

  /** What the host sends is of this shape; it made the first one whole. */
  #show(view: unknown, seq: number): void {
    this.#view = view
    this.#seq = seq
    this.#deps.onView(view as MeshView)
  }

  #resync(): void {
    this.#isResyncing = true
    this.#send({ type: 'resync' })
  }

  #send(message: unknown): void {
    try {
      this.#socket?.send(JSON.stringify(message))
    } catch {
      // Not open yet, or no more: what matters is sent again when it opens.
    }
  }

  #watchSilence(): void {
    this.#cancel()
    this.#cancel = this.#deps.after(SILENT_MS, () => this.#lost())
  }

  #lost(): void {
    this.#drop()
    this.#cancel()
    if (this.#isStopped) return
    this.#tries += 1
    this.#deps.onState(this.#tries > OFFLINE_AFTER ? 'offline' : 'reconnecting')
    this.#deps.onLost()
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#tries - 1))
    this.#cancel = this.#deps.after(pause * (0.5 + this.#deps.random() / 2), () => this.#open())
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#isResyncing = false
    if (socket === undefined) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }
}

/** A message of the host; undefined for what a later version may send. */
function decodeMessage(data: unknown): Message | undefined {
  if (typeof data !== 'string') return undefined
  const value = JSON.parse(data) as Partial<Message> | null
  if (value === null || typeof value.seq !== 'number') return undefined
  return value.type === 'snapshot' || value.type === 'patch' ? (value as Message) : undefined
}

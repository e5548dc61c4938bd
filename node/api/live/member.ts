/** The far end of one tab. */
export interface Tab {
  /** Bytes that were sent and not taken off yet. */
  readonly waitingBytes: number
  send(message: Buffer): void
  /** Ends it; a WebSocket's close code and why (RFC 6455 §7.4). */
  end(code: number, reason: string): void
}

/** Who has not taken off so much gets nothing more, until it has taken off everything: then it gets all anew. */
export const MAX_WAITING_BYTES = 512 * 1024
/** Who takes nothing off for so long is let go. */
const PATIENCE_MS = 20_000
/** What one tab may ask for between two looks, and how much of that is answered before the next: a person who hurries gets the last alone. */
const MAX_ASKS = 20
const PROMPT_ASKS = 2

/** RFC 6455 §7.4.1, and 1013 of IANA's registry of close codes. */
export const CLOSE = { policy: 1008, broken: 1011, later: 1013 } as const

/** One tab and how well it keeps up. */
export class Member {
  /** Who watches. */
  readonly who: string
  readonly #tab: Tab
  #isDue = false
  #behindSinceMs: number | undefined
  #asks = 0

  constructor(tab: Tab, who: string) {
    this.who = who
    this.#tab = tab
  }

  /** One more patch; `snapshot` is what it gets in its place where it has missed some. */
  give(patch: Buffer | undefined, snapshot: () => Buffer, nowMs: number): void {
    this.#asks = 0
    if (this.#behindSinceMs !== undefined) this.#catchUp(snapshot, nowMs)
    else if (this.#isDue) this.#send(snapshot(), nowMs)
    else if (patch !== undefined) this.#send(patch, nowMs)
    this.#isDue = false
  }

  /** All of it, at once, or at the next look where it asks for more and more, or as soon as it keeps up. */
  renew(snapshot: () => Buffer, nowMs: number): void {
    if (this.#behindSinceMs !== undefined) return
    if (this.#asks > PROMPT_ASKS) this.#isDue = true
    else this.#send(snapshot(), nowMs)
  }

  /** False where it asks too often: then it is let go. */
  mayAsk(): boolean {
    this.#asks += 1
    if (this.#asks <= MAX_ASKS) return true
    this.#tab.end(CLOSE.policy, 'too many requests')
    return false
  }

  end(code: number, reason: string): void {
    this.#tab.end(code, reason)
  }

  #send(message: Buffer, nowMs: number): void {
    if (this.#tab.waitingBytes > MAX_WAITING_BYTES) this.#behindSinceMs = nowMs
    else this.#tab.send(message)
  }

  #catchUp(snapshot: () => Buffer, nowMs: number): void {
    if (this.#tab.waitingBytes === 0) {
      this.#behindSinceMs = undefined
      this.#tab.send(snapshot())
    } else if (nowMs - (this.#behindSinceMs ?? nowMs) > PATIENCE_MS) this.#tab.end(CLOSE.later, 'too slow')
  }
}

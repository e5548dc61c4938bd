import type { WebSocket } from '@fastify/websocket'
import { MeshError } from '#core/model/errors.ts'
import { toAnswer } from '../error-handler.ts'
import type { LiveHub, Seat } from './hub.ts'
import { CLOSE, type Tab } from './member.ts'
import { decodeAsk, MAX_ASK_BYTES } from './messages.ts'

/** So soon a tab ends whose session is over. */
const CHECK_MS = 5_000
/** A tab whose machine went away without a word is let go after two times so many checks. */
const CHECKS_A_PING = 6

/** Who does not take the closing word off is cut. */
const LAST_WORD_MS = 2_000

/** Whose tab it is. */
export interface TabUser {
  readonly who: string
  mayStay(): boolean
}

/** Joins a WebSocket to the hub; it ends when its user may no more (`mayStay`), says nonsense, is gone or too slow. */
export function openTab(socket: WebSocket, hub: LiveHub, user: TabUser): void {
  new SocketTab(socket).open(hub, user)
}

class SocketTab implements Tab {
  readonly #socket: WebSocket
  #isOver = false
  #leave: () => void = () => {}

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('error', () => socket.terminate())
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(message: Buffer): void {
    this.#socket.send(message, { binary: false })
  }

  /** What it holds is free at once; the connection itself may take its time. */
  end(code: number, reason: string): void {
    if (this.#isOver) return
    this.#over()
    this.#socket.close(code, reason)
    const patience = setTimeout(() => this.#socket.terminate(), LAST_WORD_MS)
    this.#socket.once('close', () => clearTimeout(patience))
  }

  open(hub: LiveHub, user: TabUser): void {
    this.#guarded(() => {
      const seat = hub.join(this, user.who)
      if (seat === undefined) return
      const stop = this.#watchPulse(user)
      this.#leave = () => {
        stop()
        seat.leave()
      }
      this.#socket.once('close', () => this.#over())
      this.#socket.on('message', (data, isBinary) => this.#guarded(() => hear(seat, data, isBinary)))
    })
  }

  #over(): void {
    this.#isOver = true
    this.#leave()
    this.#leave = () => {}
  }

  /** Tells a tab what went wrong and ends it: a page that says nonsense, or an agent that cannot look. */
  #guarded(act: () => void): void {
    if (this.#isOver) return
    try {
      act()
    } catch (error) {
      const { body, unexpected } = toAnswer(error)
      this.send(Buffer.from(JSON.stringify({ type: 'error', ...body })))
      this.end(unexpected ? CLOSE.broken : CLOSE.policy, body.error)
    }
  }

  /** Ends a tab that is gone, or whose user logged out or may no more. */
  #watchPulse(user: TabUser): () => void {
    let isThere = true
    let checks = 0
    this.#socket.on('pong', () => {
      isThere = true
    })
    const timer = setInterval(() => {
      checks += 1
      if (!user.mayStay()) this.end(CLOSE.policy, 'LOGIN_NEEDED')
      else if (checks % CHECKS_A_PING === 0) {
        if (!isThere) return this.#socket.terminate()
        isThere = false
        this.#socket.ping()
      }
    }, CHECK_MS)
    return () => clearInterval(timer)
  }
}

/** BAD_INPUT for what is none of the two things a tab may say. */
function hear(seat: Seat, data: unknown, isBinary: boolean): void {
  const bytes = Buffer.isBuffer(data) ? data : Buffer.alloc(0)
  if (isBinary || bytes.length > MAX_ASK_BYTES) throw new MeshError('BAD_INPUT', 'a short text is expected')
  const ask = decodeAsk(bytes.toString())
  if (ask.type === 'watch') seat.watch(ask.lab)
  else seat.resync()
}

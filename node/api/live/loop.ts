import type { FastifyBaseLogger } from 'fastify'
import type { LiveHub } from './hub.ts'

/** At most two patches a second: people see no more. */
const LOOK_MS = 500
/** Looking takes no more than this share of a processor, whatever the mesh has grown to. */
const MAX_SHARE = 0.1

/** Processor time of this thread: on a busy machine a look takes long without costing more. */
function usedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Looks again and again while there are tabs. */
export class LiveLoop {
  readonly #hub: LiveHub
  readonly #log: FastifyBaseLogger
  #timer: NodeJS.Timeout | undefined

  constructor(hub: LiveHub, log: FastifyBaseLogger) {
    this.#hub = hub
    this.#log = log
  }

  /** After a tab came; twice is harmless. */
  start(): void {
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const beganMs = usedMs()
    try {
      this.#hub.look()
    } catch (error) {
      this.#log.warn({ err: error }, 'the live view could not be made')
    }
    const tookMs = usedMs() - beganMs
    this.#timer = undefined
    if (this.#hub.tabs > 0) this.#timer = setTimeout(() => this.#look(), Math.max(LOOK_MS, tookMs / MAX_SHARE))
  }
}

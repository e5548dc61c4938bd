/** What becomes of frames on their way: what a queueing discipline of the kernel can do (tc-netem(8), tc-tbf(8)). */
export interface Shape {
  readonly delayMs?: number
  /** Around the delay, which it needs. */
  readonly jitterMs?: number
  /** Of 100 frames, fractions allowed; never 0. */
  readonly lossPercent?: number
  /** Frames in which one bit is turned. */
  readonly corruptPercent?: number
  /** Bits per second. */
  readonly rateBps?: number
}

/** No carrier for `downMs`, then carrier for `upMs`, again and again. */
export interface Flap {
  readonly downMs: number
  readonly upMs: number
}

/** What is made worse, on purpose, with what one end of a link sends; `down` and `flap` are of the whole cable. */
export interface Impairment extends Shape {
  readonly down?: true
  readonly flap?: Flap
}

/** What of an impairment kernels without netem cannot do. */
const NETEM_KEYS = ['delayMs', 'jitterMs', 'lossPercent', 'corruptPercent'] as const satisfies readonly (keyof Shape)[]

/** Whether a kernel needs netem for it; for a rate alone tbf does. */
export const needsNetem = (shape: Shape): boolean => NETEM_KEYS.some((key) => shape[key] !== undefined)

/** Whether frames meet anything at all. */
export const isShaping = (shape: Shape): boolean => needsNetem(shape) || shape.rateBps !== undefined

/** The part that is done to frames. */
export const shapeOf = ({ down: _down, flap: _flap, ...shape }: Impairment): Shape => shape

/** Whether nothing is asked for. */
export const isWhole = (impairment: Impairment): boolean => Object.keys(impairment).length === 0

/** How a state is shown: a shape, a colour and a word, never colour alone. */
export type Tone = 'ok' | 'warn' | 'error' | 'busy' | 'unknown'

const TONES: Readonly<Record<string, Tone>> = {
  alive: 'ok',
  up: 'ok',
  running: 'ok',
  good: 'ok',
  live: 'ok',
  suspect: 'warn',
  degraded: 'warn',
  down: 'error',
  error: 'error',
  lost: 'error',
  creating: 'busy',
  pending: 'busy',
  connecting: 'busy',
  reconnecting: 'warn',
  offline: 'error',
  left: 'unknown',
  stopped: 'unknown',
  exited: 'unknown',
}

/** The tone of a state of a host, a lab, a node, a link or a path; a word nobody knows is unknown, never good. */
export const toneOf = (state: string): Tone => (Object.hasOwn(TONES, state) ? TONES[state] : undefined) ?? 'unknown'

import type { Flap } from '../model/impairment.ts'

/**
 * Whether a flapping link is down at this moment of the wall clock. The schedule counts from 1970, so that every host with an end of it,
 * also one that was just started, has the same phase as far as their clocks agree.
 */
export const isFlapDown = ({ downMs, upMs }: Flap, wallMs: number): boolean => phase({ downMs, upMs }, wallMs) < downMs

/** Milliseconds until it turns next; more than 0. */
export function nextTurnMs({ downMs, upMs }: Flap, wallMs: number): number {
  const at = phase({ downMs, upMs }, wallMs)
  return at < downMs ? downMs - at : downMs + upMs - at
}

const phase = ({ downMs, upMs }: Flap, wallMs: number): number => {
  const round = downMs + upMs
  return ((wallMs % round) + round) % round
}

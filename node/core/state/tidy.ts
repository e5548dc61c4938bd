import type { LabVersion, State, Token } from './state.ts'
import { tokenEndMs } from './tokens.ts'

/** How long what has ended can still be answered for: as long as a deleted lab is remembered (`TOMBSTONE_MS`). */
const REMEMBER_MS = 7 * 24 * 3600 * 1000
/** Between two looks: often enough, since nothing depends on it, and too seldom to cost anything. */
const TIDY_EVERY_MS = 3_600_000

/** The state without tokens and versions of labs that ended long ago, so that it does not grow for ever. */
export function tidy(state: State): State {
  if (state.nowMs < state.tidyAtMs) return state
  const before = state.nowMs - REMEMBER_MS
  const isKept = (endMs: number | undefined): boolean => endMs === undefined || endMs > before
  return {
    ...state,
    tidyAtMs: state.nowMs + TIDY_EVERY_MS,
    tokens: keep<Token>(state.tokens, (token) => isKept(tokenEndMs(token, state.nowMs))),
    labVersions: keep<LabVersion>(state.labVersions, (version) => isKept(version.endedAtMs)),
  }
}

const keep = <V>(rows: Readonly<Record<string, V>>, isKept: (row: V) => boolean): Readonly<Record<string, V>> =>
  Object.fromEntries(Object.entries(rows).filter(([, row]) => isKept(row)))

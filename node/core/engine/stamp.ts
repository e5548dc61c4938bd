import type { Command } from '../state/commands.ts'
import type { At } from './event.ts'

/** Commands as of now by the clock of the host that leads: one whose clock is wrong must not end the rests and leases of all. */
export const stamped = (commands: readonly Command[], { wallMs }: At): readonly Command[] =>
  commands.map((command) => ({ ...command, nowMs: wallMs }))

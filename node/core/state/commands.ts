import type { ErrorCode } from '../model/errors.ts'
import type { LabName } from '../model/ids.ts'
import type { RosterEntry } from '../model/record.ts'
import { ACCESS_DECODERS, type AccessCommand } from './access-commands.ts'
import { HOST_DECODERS, type HostCommand } from './host-commands.ts'
import { LAB_DECODERS, type LabCommand } from './lab-commands.ts'
import { RESERVE_DECODERS, type ReserveCommand, type ReservePool } from './reserve-commands.ts'
import { type Check, oneOf } from './shape.ts'
import { TEST_DECODERS, type TestCommand } from './test-commands.ts'

/** One entry of the replicated log. JSON. */
export type Command = HostCommand | LabCommand | ReserveCommand | AccessCommand | TestCommand

/** Small on purpose, since answers are kept: an assignment is read from the state. `index`: of the assignment, null where there is none. */
export type CommandValue =
  | { readonly type: 'token'; readonly id: string }
  | { readonly type: 'host'; readonly host: RosterEntry }
  | { readonly type: 'lab'; readonly lab: LabName; readonly index: number | null }
  | { readonly type: 'numbers'; readonly owner: string; readonly pool: ReservePool; readonly values: readonly number[] }
  /** `owner` is empty and `count` of all owners where leases ended. */
  | { readonly type: 'freed'; readonly owner: string; readonly count: number }
  /** A person or an API token, by name or id. */
  | { readonly type: 'access'; readonly name: string }
  /** The first of the numbers taken; the others follow it. */
  | { readonly type: 'number'; readonly first: number }
  /** What a test holds: `port` of its server's host where it asked for one. */
  | { readonly type: 'test'; readonly test: number; readonly port: number | null }

/** What a command came to. JSON. */
export type CommandResult =
  | { readonly ok: true; readonly value: CommandValue }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
    }

const DECODERS: Readonly<Record<Command['type'], Check<Command>>> = {
  ...HOST_DECODERS,
  ...LAB_DECODERS,
  ...RESERVE_DECODERS,
  ...ACCESS_DECODERS,
  ...TEST_DECODERS,
}

/** A command as it came from another host; undefined where it is none. Fields nobody knows are dropped. */
export function decodeCommand(value: unknown): Command | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  const type = oneOf(...COMMAND_TYPES)(value.type)
  return type === undefined ? undefined : DECODERS[type](value)
}

const COMMAND_TYPES = Object.keys(DECODERS) as readonly Command['type'][]

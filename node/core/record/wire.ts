import type { RecordKind } from '../model/record.ts'

/**
 * Short forms on the wire, so that a heartbeat with two host ids stays below 320 bytes: a letter per kind, `@` for the author at the
 * beginning of a key, and ids without the eight characters every ed25519 peer id begins with.
 */
export const KIND_LETTERS = {
  heartbeat: 'h',
  events: 'e',
  status: 's',
  intent: 'i',
  assignment: 'a',
  roster: 'r',
  revisions: 'v',
  saves: 'c',
  access: 'u',
  logouts: 'l',
  draft: 'd',
  exercise: 'x',
  tasks: 't',
  schedule: 'p',
  attached: 'm',
} as const satisfies Record<RecordKind, string>

const kinds = new Map(Object.entries(KIND_LETTERS).map(([kind, letter]) => [letter as string, kind as RecordKind]))

/** The kind of a letter; undefined for kinds of a later protocol. */
export const kindOf = (letter: string): RecordKind | undefined => kinds.get(letter)

/** The longest key, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 200

const ID_PREFIX = '12D3KooW'

/** base58 of an ed25519 peer id: https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md */
export const HOST_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/

/** A host id without its constant beginning, and back. */
export const shortId = (id: string): string => id.slice(ID_PREFIX.length)
export const longId = (short: string): string => ID_PREFIX + short

/** `author` or `author/rest` with the author written `@`; anything else as it is. Keys that begin with `@` themselves do not exist. */
export function shortKey(key: string, author: string): string {
  return key === author || key.startsWith(`${author}/`) ? `@${key.slice(author.length)}` : key
}

/** Undoes `shortKey`. */
export const longKey = (key: string, author: string): string => (key.startsWith('@') ? author + key.slice(1) : key)

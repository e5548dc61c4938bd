import type { Command } from './commands.ts'

/**
 * What of the log this version understands, told in each heartbeat: a host that hears nothing of it has edition 1. Goes up by one with the
 * first release that brings new commands, or new fields of old ones without which a state would come out different.
 */
export const EDITION = 3

const EDITIONS: Readonly<Record<Command['type'], number>> = {
  'create-token': 1,
  'revoke-token': 1,
  admit: 1,
  'update-host': 1,
  'remove-host': 1,
  'drain-host': 1,
  assign: 1,
  release: 1,
  adopt: 1,
  reserve: 1,
  free: 1,
  expire: 1,
  'user-set': 2,
  'user-remove': 2,
  'first-login': 2,
  'api-token-create': 2,
  'api-token-revoke': 2,
  number: 3,
  'hold-test': 3,
  'free-test': 3,
}

/** Of who may use the API, wherever it is held. */
export const ACCESS_EDITION = EDITIONS['user-set']

/** The first edition that understands a command. */
export const editionOf = ({ type }: Pick<Command, 'type'>): number => EDITIONS[type]

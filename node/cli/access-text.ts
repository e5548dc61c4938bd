import { table } from './output.ts'
import type { ApiTokenRow, NewApiToken, UserRow } from './shapes.ts'

/** People, for people. */
export const usersText = (rows: readonly UserRow[]): string =>
  rows.length === 0
    ? 'nobody yet; the first one logs in with the code of the bootstrap, or: skein user set NAME --role admin\n'
    : table(
        ['name', 'role'],
        rows.map(({ name, role }) => [name, role]),
      )

/** API tokens, for people. */
export const apiTokensText = (rows: readonly ApiTokenRow[]): string =>
  rows.length === 0
    ? 'no API tokens\n'
    : table(
        ['id', 'name', 'role', 'until'],
        rows.map(({ id, name, role, expiresAtMs }) => [id, name, role, isoOf(expiresAtMs)]),
      )

/** The token has a line of its own, so that it can be copied or cut. */
export const apiTokenText = ({ token, id, name, role, expiresAtMs }: NewApiToken): string =>
  `${token}\n\nid ${id}, for ${name}, role ${role}, until ${isoOf(expiresAtMs)}\nSend it as \`Authorization: Bearer …\`, or set SKEIN_TOKEN for the command line.\n`

const isoOf = (ms: number): string => new Date(ms).toISOString()

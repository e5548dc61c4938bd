import { decodePool, encodePool } from '../allocation/pool-codec.ts'
import { dueTable, type Table, textTable } from '../allocation/table.ts'
import { MeshError } from '../model/errors.ts'
import { compareText } from '../record/version.ts'
import type { Answers } from './answers.ts'
import type { CommandResult } from './commands.ts'
import { leaseKey, nicPool, testOwner } from './leases.ts'
import { type Access, type NicHold, NO_ACCESS, poolRange, type State } from './state.ts'
import { checkState, type StateJson } from './state-json.ts'

/** The state as JSON, the same for equal states: what follows from the rest is left out. */
export function encodeState(state: State): unknown {
  const { meshId, epoch, edition, nowMs, config, rosterAt, tidyAtMs, answers } = state
  return {
    meshId,
    epoch,
    edition,
    nowMs,
    config,
    rosterAt,
    tidyAtMs,
    roster: inOrder(state.roster).map(([, entry]) => entry),
    tokens: inOrder(state.tokens).map(([, token]) => token),
    assignments: inOrder(state.assignments).map(([, assignment]) => assignment),
    labVersions: inOrder(state.labVersions),
    pools: [...state.pools.entries()].map(([name, pool]) => [name, encodePool(pool)]),
    answers: { old: rows(answers.old), young: rows(answers.young), youngSinceMs: answers.youngSinceMs },
    access: encodeAccess(state.access),
    counters: inOrder(state.counters),
    nics: rows(state.nics),
  } satisfies StateJson
}

const encodeAccess = ({ users, tokens, firstCode, at }: Access) => ({
  users: inOrder(users).map(([, user]) => user),
  tokens: inOrder(tokens).map(([, token]) => token),
  ...(firstCode === undefined ? {} : { firstCode }),
  at,
})

const inOrder = <V>(table: Readonly<Record<string, V>>): readonly (readonly [string, V])[] =>
  Object.entries(table).sort(([a], [b]) => compareText(a, b))

const rows = <V>(table: Table<string, V>): readonly (readonly [string, V])[] => [...table.entries()]

/** The state of {@link encodeState}'s JSON. Throws CORRUPT_STORE where it is none, or a number is held twice or out of its range. */
export function decodeState(json: unknown): State {
  const told = checkState(json)
  if (told === undefined) throw corrupt('it does not have the shape of one')
  const { roster, tokens, assignments, labVersions, answers, access, edition = 1, pools: _, nics: __, ...rest } = told
  return {
    ...rest,
    edition,
    roster: Object.fromEntries(roster.map((entry) => [entry.id, entry])),
    tokens: Object.fromEntries(tokens.map((token) => [token.id, token])),
    assignments: Object.fromEntries(assignments.map((assignment) => [assignment.lab, assignment])),
    labVersions: Object.fromEntries(labVersions),
    counters: Object.fromEntries(rest.counters ?? []),
    access: decodeAccess(access),
    answers: decodeAnswers(answers),
    ...decodeHeld(told),
  }
}

const corrupt = (why: string): MeshError =>
  new MeshError('CORRUPT_STORE', `The state of the mesh cannot be read: ${why}.`)

function decodeHeld({ pools, config, nics: held = [] }: StateJson): Pick<State, 'pools' | 'leases' | 'nics'> {
  const byName: State['pools'] = textTable()
  const all = byName.clone()
  const leases = dueTable<string, true>().clone()
  for (const [name, json] of pools) {
    const pool = decodePool(poolRange(config, name), json)
    if (typeof pool === 'string') throw corrupt(`in pool ${name}, ${pool}`)
    if (!all.set(name, pool)) throw corrupt(`pool ${name} is there twice`)
    for (const [owner, { untilMs }] of pool.owners.entries())
      if (untilMs !== null) leases.set(leaseKey(untilMs, { pool: name, owner }), true)
  }
  const nics = textTable<NicHold>().clone()
  for (const [nic, hold] of held) {
    if (!nics.set(nic, hold)) throw corrupt(`the NIC ${nic} is held twice`)
    leases.set(leaseKey(hold.untilMs, { pool: nicPool(nic), owner: testOwner(hold.test) }), true)
  }
  return { pools: all, leases, nics }
}

function decodeAccess(json: StateJson['access']): Access {
  if (json === undefined) return NO_ACCESS
  return {
    ...json,
    users: Object.fromEntries(json.users.map((user) => [user.name, user])),
    tokens: Object.fromEntries(json.tokens.map((token) => [token.id, token])),
  }
}

function decodeAnswers({ old, young, youngSinceMs }: StateJson['answers']): Answers {
  const tableOf = (list: StateJson['answers']['old']): Table<string, CommandResult> => {
    const table = textTable<CommandResult>().clone()
    for (const [id, result] of list) table.set(id, result)
    return table
  }
  return { old: tableOf(old), young: tableOf(young), youngSinceMs }
}

import { draftOf, give, type Holding, type Pool, takeBack } from '../allocation/pool.ts'
import { poolHost } from '../allocation/port.ts'
import { own } from '../model/own.ts'
import { moveLease } from './leases.ts'
import { exhausted } from './refusals.ts'
import type { Free, Reserve } from './reserve-commands.ts'
import { clockOf, done, type Handler, poolOf, refuse, type State, type Step, withPool, withPools } from './state.ts'

/** Who holds in the pools what somebody reserved. */
const userOwner = (owner: string): string => `user/${owner}`

/** The lowest free numbers for an owner; those it has already where it asks again, with a new end where it names one. */
export const reserve: Handler<Reserve> = (state, _at, command) => {
  const host = poolHost(command.pool)
  if (host !== undefined && own(state.roster, host)?.state !== 'admitted') {
    const message = `No host of this mesh has the id ${host}.`
    return refuse(state, { code: 'NOT_FOUND', message, details: { id: host } })
  }
  const held = poolOf(state, command.pool).owners.get(userOwner(command.owner))
  return held === undefined ? reserveNew(state, command) : reserveAgain(state, command, held)
}

const endOf = (state: State, ttlMs: number | null): number | null =>
  ttlMs === null ? null : Math.min(state.nowMs + ttlMs, Number.MAX_SAFE_INTEGER)

function reserveNew(state: State, { pool: name, owner, count, ttlMs }: Reserve): Step {
  const pool = poolOf(state, name)
  const draft = draftOf(pool, state.nowMs)
  const untilMs = endOf(state, ttlMs)
  const values = give(draft, userOwner(owner), { count, sinceMs: state.nowMs, untilMs })
  if (values === undefined) return refuse(state, exhausted(state, { who: owner, pool: name, missing: count }))
  const leases = moveLease(state.leases, { pool: name, owner: userOwner(owner) }, { from: null, to: untilMs })
  return done({ ...state, leases, pools: withPool(state, name, draft) }, { type: 'numbers', owner, pool: name, values })
}

function reserveAgain(state: State, { pool: name, owner, count, ttlMs }: Reserve, held: Holding): Step {
  const { values, sinceMs } = held
  if (values.length !== count) {
    return refuse(state, {
      code: 'BAD_INPUT',
      message: `${owner} holds ${values.length} of pool ${name} and asks for ${count}: free those first, or ask for another owner.`,
      details: { owner, pool: name, held: values, asked: count },
    })
  }
  const told = { type: 'numbers', owner, pool: name, values } as const
  const untilMs = ttlMs === null ? held.untilMs : endOf(state, ttlMs)
  if (untilMs === held.untilMs) return done(state, told)
  const pool = poolOf(state, name)
  const owners = pool.owners.clone()
  owners.set(userOwner(owner), { values, sinceMs, untilMs })
  const leases = moveLease(state.leases, { pool: name, owner: userOwner(owner) }, { from: held.untilMs, to: untilMs })
  return done({ ...state, leases, pools: withPool(state, name, { ...pool, owners }) }, told)
}

/** Gives back all that an owner reserved. Nothing to give back is no mistake: a lost answer is asked for again. */
export const free: Handler<Free> = (state, _at, { owner }) => {
  const pools = new Map<string, Pool>()
  let { leases } = state
  let count = 0
  for (const [name, pool] of state.pools.entries()) {
    const held = pool.owners.get(userOwner(owner))
    if (held === undefined) continue
    const draft = draftOf(pool, state.nowMs)
    count += takeBack(draft, userOwner(owner), clockOf(state))
    pools.set(name, draft)
    leases = moveLease(leases, { pool: name, owner: userOwner(owner) }, { from: held.untilMs, to: null })
  }
  return done({ ...state, leases, pools: withPools(state, pools) }, { type: 'freed', owner, count })
}

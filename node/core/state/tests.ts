import { draftOf, give, type Pool, takeBack } from '../allocation/pool.ts'
import { portPoolName } from '../allocation/port.ts'
import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import { moveLease, nicPool, testOwner } from './leases.ts'
import { exhausted } from './refusals.ts'
import { clockOf, done, type Handler, poolOf, type Refusal, refuse, type State, withPool, withPools } from './state.ts'
import type { FreeTest, HoldTest, Nic, TakeNumbers } from './test-commands.ts'

/** A recovered log may have missed the last numbers given out: each epoch counts on from a place of its own. */
const NUMBERS_OF_EPOCH = 100_000_000

/** Numbers that nobody had and nobody gets again. */
export const takeNumbers: Handler<TakeNumbers> = (state, _at, { name, count }) => {
  const before = Math.max(own(state.counters, name) ?? 0, (state.epoch - 1) * NUMBERS_OF_EPOCH)
  return done(
    { ...state, counters: { ...state.counters, [name]: before + count } },
    { type: 'number', first: before + 1 },
  )
}

/** NICs and a port for a test. NIC_BUSY names the test that has one; NOT_FOUND for a host that is not in; POOL_EXHAUSTED. */
export const holdTest: Handler<HoldTest> = (state, _at, command) => {
  const refusal = hostGone(state, command) ?? nicBusy(state, command)
  if (refusal !== undefined) return refuse(state, refusal)
  const untilMs = Math.min(state.nowMs + command.ttlMs, Number.MAX_SAFE_INTEGER)
  const held = withNics(state, command, untilMs)
  return command.port === null
    ? done(held, { type: 'test', test: command.test, port: null })
    : withPort(held, state, { test: command.test, host: command.port, untilMs })
}

const hostGone = (state: State, { nics, port }: HoldTest): Refusal | undefined => {
  const hosts = nics.flatMap((nic) => (nic.startsWith('host/') ? [nic.slice('host/'.length)] : []))
  const gone = [...hosts, ...(port === null ? [] : [port])].find((id) => own(state.roster, id)?.state !== 'admitted')
  return gone === undefined
    ? undefined
    : { code: 'NOT_FOUND', message: `No host of this mesh has the id ${gone}.`, details: { id: gone } }
}

const nicBusy = (state: State, { test, nics }: HoldTest): Refusal | undefined => {
  for (const nic of nics) {
    const held = state.nics.get(nic)
    if (held === undefined || held.test === test) continue
    const seconds = Math.ceil((held.untilMs - state.nowMs) / 1000)
    return {
      code: 'NIC_BUSY',
      message: `${showNic(state, nic)} is used by test ${held.test}, for ${seconds} s more at most.`,
      details: { nic, holder: held.test, untilMs: held.untilMs },
    }
  }
  return undefined
}

const showNic = (state: State, nic: Nic): string => {
  const [kind, id = ''] = nic.split('/')
  return kind === 'host' ? `The NIC of ${own(state.roster, id)?.name ?? id}` : `The attached machine ${id}`
}

function withNics(state: State, { test, nics: asked }: HoldTest, untilMs: number): State {
  if (asked.length === 0) return state
  const nics = state.nics.clone()
  let { leases } = state
  for (const nic of new Set(asked)) {
    const held = nics.get(nic)
    nics.set(nic, { test, sinceMs: held?.sinceMs ?? state.nowMs, untilMs })
    const lease = { pool: nicPool(nic), owner: testOwner(test) }
    leases = moveLease(leases, lease, { from: held?.untilMs ?? null, to: untilMs })
  }
  return { ...state, nics, leases }
}

/** `before`: what stays where there is no port. */
function withPort(
  state: State,
  before: State,
  { test, host, untilMs }: { readonly test: number; readonly host: HostId; readonly untilMs: number },
) {
  const name = portPoolName(host)
  const owner = testOwner(test)
  const draft = draftOf(poolOf(state, name), state.nowMs)
  const held = draft.owners.get(owner)
  const { sinceMs } = held ?? { sinceMs: state.nowMs }
  const values = held?.values ?? give(draft, owner, { count: 1, sinceMs, untilMs })
  const [port] = values ?? []
  if (values === undefined || port === undefined)
    return refuse(before, exhausted(state, { who: `Test ${test}`, pool: name, missing: 1 }))
  draft.owners.set(owner, { values, sinceMs, untilMs })
  const leases = moveLease(state.leases, { pool: name, owner }, { from: held?.untilMs ?? null, to: untilMs })
  return done({ ...state, leases, pools: withPool(state, name, draft) }, { type: 'test', test, port })
}

/** Nothing to give back is no mistake: a lost answer is asked for again. Ports rest, NICs do not. */
export const freeTest: Handler<FreeTest> = (state, _at, { test }) => {
  const owner = testOwner(test)
  const held = [...state.nics.entries()].filter(([, hold]) => hold.test === test).map(([nic]) => nic)
  const freed = withoutNics(state, held)
  const pools = new Map<string, Pool>()
  let { leases } = freed
  let count = held.length
  for (const [name, pool] of state.pools.entries('port/')) {
    if (!name.startsWith('port/')) break
    const holding = pool.owners.get(owner)
    if (holding === undefined) continue
    const draft = draftOf(pool, state.nowMs)
    count += takeBack(draft, owner, clockOf(state))
    pools.set(name, draft)
    leases = moveLease(leases, { pool: name, owner }, { from: holding.untilMs, to: null })
  }
  return done({ ...freed, leases, pools: withPools(state, pools) }, { type: 'freed', owner, count })
}

/** The state in which nobody holds these NICs. */
export function withoutNics(state: State, gone: readonly string[]): State {
  if (gone.length === 0) return state
  const nics = state.nics.clone()
  let { leases } = state
  for (const nic of gone) {
    const held = nics.get(nic)
    if (held === undefined) continue
    nics.delete(nic)
    const lease = { pool: nicPool(nic), owner: testOwner(held.test) }
    leases = moveLease(leases, lease, { from: held.untilMs, to: null })
  }
  return { ...state, nics, leases }
}

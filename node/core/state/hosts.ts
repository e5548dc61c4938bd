import { formatIpv4 } from '../allocation/address.ts'
import { draftOf, give, takeBack } from '../allocation/pool.ts'
import { portPoolName, vlanPoolName } from '../allocation/port.ts'
import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Admit, DrainHost, JoiningHost, RemoveHost, UpdateHost } from './host-commands.ts'
import { hostOwner } from './lab-owners.ts'
import { moveLease } from './leases.ts'
import { exhausted } from './refusals.ts'
import {
  clockOf,
  done,
  type Handler,
  type LogPosition,
  poolOf,
  type Refusal,
  refuse,
  type State,
  type Step,
  type Token,
  withPool,
} from './state.ts'
import { succeed } from './succession.ts'
import { withoutNics } from './tests.ts'

/** Lets a host in by a token and spends one use of it. A host already let in by that token resumes and spends nothing. */
export const admit: Handler<Admit> = (state, at, command) => {
  const { host, tokenId } = command
  const token = own(state.tokens, tokenId)
  const entry = own(state.roster, host.id)
  const why = removed(host.id, entry) ?? unknown(tokenId, token)
  if (why || !token) return refuse(state, why ?? noToken(tokenId))
  if (entry) return resume(state, at, { host, token, entry })
  const before = predecessor(state, token)
  const refusal = unusable(token, state.nowMs) ?? clash(state, { ...host, name: token.name ?? host.name }, before?.id)
  if (refusal) return refuse(state, refusal)
  return before ? follow(state, at, { host, token, before }) : enter(state, at, { host, token })
}

/** The host whose place the token gives, while nobody took it and it was not removed. */
const predecessor = (state: State, { replaces }: Token): RosterEntry | undefined => {
  const entry = replaces === undefined ? undefined : own(state.roster, replaces)
  return entry?.state === 'admitted' ? entry : undefined
}

const removed = (id: HostId, entry: RosterEntry | undefined): Refusal | undefined =>
  entry?.state === 'removed'
    ? {
        code: 'NOT_ADMITTED',
        message: `Host ${entry.name} was removed from this mesh; its key never returns. Start over with an empty data folder.`,
        details: { id },
      }
    : undefined

const noToken = (id: string): Refusal => ({
  code: 'TOKEN_UNKNOWN',
  message: `This mesh has no token ${id}.`,
  details: { id },
})

const unknown = (id: string, token: Token | undefined): Refusal | undefined => (token ? undefined : noToken(id))

function unusable(token: Token, nowMs: number): Refusal | undefined {
  const details = { id: token.id }
  if (token.revokedAtMs !== undefined)
    return { code: 'TOKEN_REVOKED', message: `Token ${token.id} was revoked.`, details }
  if (token.usedBy.length >= token.uses) {
    const uses = token.uses === 1 ? 'one host' : `${token.uses} hosts`
    const message = `Token ${token.id} was good for ${uses} and is spent.`
    return { code: 'TOKEN_SPENT', message, details: { ...details, uses: token.uses } }
  }
  if (nowMs >= token.expiresAtMs) {
    return {
      code: 'TOKEN_EXPIRED',
      message: `Token ${token.id} ended ${Math.ceil((nowMs - token.expiresAtMs) / 1000)} s ago.`,
      details: { ...details, expiresAtMs: token.expiresAtMs },
    }
  }
  return undefined
}

function clash(
  state: State,
  host: Pick<JoiningHost, 'id' | 'wgPublicKey'> & { readonly name: string },
  but?: HostId,
): Refusal | undefined {
  const others = Object.values(state.roster).filter(
    (other) => other.state === 'admitted' && other.id !== host.id && other.id !== but,
  )
  const namesake = others.find((other) => other.name === host.name)
  if (namesake) {
    return {
      code: 'NAME_TAKEN',
      message: `Another host of this mesh is called ${host.name}.`,
      details: { name: host.name, id: namesake.id },
    }
  }
  const twin = others.find((other) => other.wgPublicKey === host.wgPublicKey)
  return (
    twin && {
      code: 'BAD_INPUT',
      message: `The WireGuard key offered is that of host ${twin.name}.`,
      details: { host: twin.id },
    }
  )
}

interface Joining {
  readonly host: JoiningHost
  readonly token: Token
}

function resume(state: State, at: LogPosition, joining: Joining & { readonly entry: RosterEntry }): Step {
  const { host, token, entry } = joining
  if (!token.usedBy.includes(host.id)) {
    return refuse(state, {
      code: 'ALREADY_MEMBER',
      message: `This host is ${entry.name} of this mesh already.`,
      details: { id: host.id },
    })
  }
  const refusal = clash(state, { ...host, name: entry.name })
  if (refusal) return refuse(state, refusal)
  const { port, wgPublicKey, wgPort } = host
  return enrol(state, at, { ...moved(entry, { secondary: [], ...host }), port, wgPublicKey, wgPort })
}

function enter(state: State, at: LogPosition, { host, token }: Joining): Step {
  const owner = hostOwner(host.id)
  const overlay = draftOf(poolOf(state, 'overlay'), state.nowMs)
  const [address] = give(overlay, owner, { count: 1, sinceMs: state.nowMs, untilMs: null }) ?? []
  if (address === undefined)
    return refuse(state, exhausted(state, { who: `Host ${host.name}`, pool: 'overlay', missing: 1 }))
  const { id, addresses, port, wgPublicKey, wgPort } = host
  const overlayAddress = formatIpv4(address)
  const name = token.name ?? host.name
  const spent = spend(token, id, state.nowMs)
  const next: State = {
    ...state,
    tokens: { ...state.tokens, [token.id]: spent },
    pools: withPool(state, 'overlay', overlay),
  }
  const { role } = token
  return enrol(
    next,
    at,
    moved({ id, name, role, addresses, port, wgPublicKey, wgPort, overlayAddress, state: 'admitted' }, host),
  )
}

/** Lets a machine that lost its key go on where the host it was left off: that one's key never returns, all else it had is the new one's. */
function follow(
  state: State,
  at: LogPosition,
  { host, token, before }: Joining & { readonly before: RosterEntry },
): Step {
  const { id, addresses, port, wgPublicKey, wgPort } = host
  const next = succeed(state, at, { from: before.id, to: id })
  const { name, overlayAddress, drained } = before
  const { role } = token
  const mark = drained === true ? { drained } : {}
  return enrol(
    {
      ...next,
      tokens: { ...next.tokens, [token.id]: spend(token, id, state.nowMs) },
      roster: { ...next.roster, [before.id]: { ...before, state: 'removed' } },
    },
    at,
    moved({ id, name, role, addresses, port, wgPublicKey, wgPort, overlayAddress, state: 'admitted', ...mark }, host),
  )
}

const spend = (token: Token, host: HostId, nowMs: number): Token => ({
  ...token,
  usedBy: [...token.usedBy, host],
  ...(token.usedBy.length + 1 >= token.uses ? { spentAtMs: nowMs } : {}),
})

function enrol(state: State, at: LogPosition, entry: RosterEntry): Step {
  const held = own(state.roster, entry.id)
  if (held && JSON.stringify(held) === JSON.stringify(entry)) return done(state, { type: 'host', host: held })
  const next: State = {
    ...state,
    roster: { ...state.roster, [entry.id]: entry },
    rosterAt: { index: at.index, term: at.term },
  }
  return done(next, { type: 'host', host: entry })
}

const notFound = (state: State, id: HostId): Step =>
  refuse(state, { code: 'NOT_FOUND', message: `No host of this mesh has the id ${id}.`, details: { id } })

/** The entry of a host that is reached at other addresses. */
function moved(entry: RosterEntry, to: Pick<UpdateHost, 'addresses' | 'secondary'>): RosterEntry {
  const { secondary: before = [], ...rest } = entry
  const { addresses, secondary = before } = to
  return { ...rest, addresses, ...(secondary.length === 0 ? {} : { secondary }) }
}

/** Where a host is reached now. */
export const updateHost: Handler<UpdateHost> = (state, at, { id, port, wgPort, ...to }) => {
  const entry = own(state.roster, id)
  if (!entry) return notFound(state, id)
  const gone = removed(id, entry)
  return gone ? refuse(state, gone) : enrol(state, at, { ...moved(entry, to), port, wgPort })
}

/** Removes a host for good: its entry stays as a tombstone, its numbers are freed. The last host cannot be removed. */
export const removeHost: Handler<RemoveHost> = (state, at, { id }) => {
  const entry = own(state.roster, id)
  if (!entry) return notFound(state, id)
  if (entry.state === 'removed') return done(state, { type: 'host', host: entry })
  if (!Object.values(state.roster).some((other) => other.state === 'admitted' && other.id !== id)) {
    return refuse(state, {
      code: 'BAD_INPUT',
      message: `${entry.name} is the last host of this mesh.`,
      details: { id },
    })
  }
  return enrol(withoutNumbersOf(state, id), at, { ...entry, state: 'removed' })
}

/** Frees what only that host had. Its own pools go for good, for its key never returns, and the leases in them. */
function withoutNumbersOf(state: State, host: HostId): State {
  const pools = state.pools.clone()
  const overlay = draftOf(poolOf(state, 'overlay'), state.nowMs)
  takeBack(overlay, hostOwner(host), clockOf(state))
  pools.set('overlay', overlay)
  let { leases } = state
  for (const name of [vlanPoolName(host), portPoolName(host)]) {
    for (const [owner, { untilMs }] of poolOf(state, name).owners.entries())
      leases = moveLease(leases, { pool: name, owner }, { from: untilMs, to: null })
    pools.delete(name)
  }
  return withoutNics({ ...state, pools, leases }, [`host/${host}`])
}

/** Marks a host as drained, or no longer so. */
export const drainHost: Handler<DrainHost> = (state, at, { id, drained }) => {
  const entry = own(state.roster, id)
  if (!entry) return notFound(state, id)
  const gone = removed(id, entry)
  if (gone) return refuse(state, gone)
  const { drained: _before, ...rest } = entry
  return enrol(state, at, drained ? { ...rest, drained } : rest)
}

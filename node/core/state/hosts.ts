import { formatIpv4 } from '../allocation/address.ts'
import { claim, release } from '../allocation/pool.ts'
import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Admit, CommandResult, DrainHost, JoiningHost, RemoveHost, UpdateHost } from './commands.ts'
import {
  done,
  type Handler,
  type LogPosition,
  poolOf,
  refuse,
  type State,
  type Step,
  type Token,
  withoutHostPools,
} from './state.ts'

/** Who holds an overlay address. */
export const hostOwner = (host: HostId): string => `host/${host}`

type Refusal = Omit<Extract<CommandResult, { ok: false }>, 'ok'>

/** Lets a host in by a token and spends one use of it. A host already let in by that token resumes and spends nothing. */
export const admit: Handler<Admit> = (state, at, command) => {
  const { host, tokenId } = command
  const token = own(state.tokens, tokenId)
  const entry = own(state.roster, host.id)
  const why = removed(host.id, entry) ?? unknown(tokenId, token)
  if (why || !token) return refuse(state, why ?? noToken(tokenId))
  if (entry) return resume(state, at, { host, token, entry })
  const refusal = unusable(token, state.nowMs) ?? clash(state, { ...host, name: token.name ?? host.name })
  return refusal ? refuse(state, refusal) : enter(state, at, { host, token })
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
    return { code: 'TOKEN_UNKNOWN', message: `Token ${token.id} was revoked.`, details }
  if (token.usedBy.length >= token.uses) {
    return { code: 'TOKEN_SPENT', message: `Token ${token.id} was good for ${token.uses} and is spent.`, details }
  }
  if (nowMs >= token.expiresAtMs) {
    return {
      code: 'TOKEN_EXPIRED',
      message: `Token ${token.id} ended ${Math.ceil((nowMs - token.expiresAtMs) / 1000)} s ago.`,
      details,
    }
  }
  return undefined
}

function clash(
  state: State,
  host: Pick<JoiningHost, 'id' | 'wgPublicKey'> & { readonly name: string },
): Refusal | undefined {
  const others = Object.values(state.roster).filter((other) => other.state === 'admitted' && other.id !== host.id)
  if (others.some((other) => other.name === host.name)) {
    return {
      code: 'NAME_TAKEN',
      message: `Another host of this mesh is called ${host.name}.`,
      details: { name: host.name },
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
  const { addresses, port, wgPublicKey, wgPort } = host
  return enrol(state, at, { ...entry, addresses, port, wgPublicKey, wgPort })
}

function enter(state: State, at: LogPosition, { host, token }: Joining): Step {
  const owner = hostOwner(host.id)
  const wish = { prefix: owner, owners: [owner], nowMs: state.nowMs, restMs: state.config.restMs }
  const claimed = claim(poolOf(state, 'overlay'), wish)
  const address = claimed?.values.get(owner)
  if (!claimed || address === undefined) {
    return refuse(state, {
      code: 'POOL_EXHAUSTED',
      message: `The overlay network ${state.config.overlayCidr} has no free address.`,
      details: { pool: 'overlay' },
    })
  }
  const { id, addresses, port, wgPublicKey, wgPort } = host
  const overlayAddress = formatIpv4(address)
  const name = token.name ?? host.name
  const spent: Token = { ...token, usedBy: [...token.usedBy, id] }
  const next: State = {
    ...state,
    tokens: { ...state.tokens, [token.id]: spent },
    pools: { ...state.pools, overlay: claimed.pool },
  }
  return enrol(next, at, {
    id,
    name,
    role: token.role,
    addresses,
    port,
    wgPublicKey,
    wgPort,
    overlayAddress,
    state: 'admitted',
  })
}

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

/** Where a host is reached now. */
export const updateHost: Handler<UpdateHost> = (state, at, { id, addresses, port, wgPort }) => {
  const entry = own(state.roster, id)
  if (!entry) return notFound(state, id)
  const gone = removed(id, entry)
  return gone ? refuse(state, gone) : enrol(state, at, { ...entry, addresses, port, wgPort })
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
  const overlay = release(poolOf(state, 'overlay'), (owner) => owner === hostOwner(id), state.nowMs)
  const pools = { ...withoutHostPools(state, id), overlay }
  return enrol({ ...state, pools }, at, { ...entry, state: 'removed' })
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

import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { compareDigests } from '#core/record/digest.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { judgeRecord } from './gossip-validator.ts'
import type { Mesh, MeshOptions } from './mesh.ts'
import { fromWireError, toWireError } from './wire-error.ts'

/** Hosts in one process, for tests: the same promises as the real mesh, without sockets, keys and waiting. */
export interface MemoryNetwork {
  createMesh(options: MeshOptions): Mesh
  /** Nothing passes between these two until `heal`. */
  cut(a: HostId, b: HostId): void
  heal(): void
}

interface Seat {
  readonly options: MeshOptions
  readonly linked: Set<HostId>
}

/** Messages arrive in order, each in a microtask of its own; hosts link when both admit each other, and then sync. */
export function createMemoryNetwork(): MemoryNetwork {
  const seats = new Map<HostId, Seat>()
  const cuts = new Set<string>()
  const net: Net = {
    seats,
    canTalk: (a, b) => !cuts.has(pair(a, b)) && admits(seats.get(a), b) && admits(seats.get(b), a),
  }
  return {
    createMesh: (options) => memoryMesh(net, options),
    cut: (a, b) => {
      cuts.add(pair(a, b))
      relink(net)
    },
    heal: () => {
      cuts.clear()
      relink(net)
    },
  }
}

interface Net {
  readonly seats: Map<HostId, Seat>
  canTalk(a: HostId, b: HostId): boolean
}

function memoryMesh(net: Net, options: MeshOptions): Mesh {
  const self = options.identity.id
  const linked = new Set<HostId>()
  const reach = (to: HostId): Seat | undefined => (linked.has(to) ? net.seats.get(to) : undefined)
  return {
    start: () => {
      net.seats.set(self, { options, linked })
      relink(net)
      return Promise.resolve()
    },
    stop: () => {
      net.seats.delete(self)
      relink(net)
      linked.clear()
      return Promise.resolve()
    },
    publish: (record) => {
      spread(net, { record, from: self, seen: new Set([self]) })
    },
    sendRaft: (to, message) => {
      const copy: unknown = JSON.parse(JSON.stringify(message))
      queueMicrotask(() => reach(to)?.options.onRaft(self, copy))
    },
    request: async (to, name, body) => {
      const seat = reach(to)
      if (seat === undefined) throw new MeshError('UNREACHABLE', `${to} is not connected`, { host: to })
      const answer = await seat.options.onRequest(self, name, copyOf(body)).catch((error: unknown) => {
        throw fromWireError(copyOf(toWireError(error)))
      })
      return copyOf(answer)
    },
    stream: async function* (to, name, body, signal) {
      const give = reach(to)?.options.onStream
      if (give === undefined) throw new MeshError('UNREACHABLE', `${to} is not connected`, { host: to })
      try {
        yield* give(self, name, copyOf(body), signal)
      } catch (error) {
        throw fromWireError(copyOf(toWireError(error)))
      }
    },
    duplex: async function* (to, name, body, talk) {
      const answer = reach(to)?.options.onDuplex
      if (answer === undefined) throw new MeshError('UNREACHABLE', `${to} is not connected`, { host: to })
      try {
        yield* answer(self, name, copyOf(body), talk)
      } catch (error) {
        throw fromWireError(copyOf(toWireError(error)))
      }
    },
    connected: () => [...linked],
    rosterChanged: () => relink(net),
    addresses: () => [`/memory/${self}`],
  }
}

/** Gossip: every host passes on what it accepts. */
function spread(
  net: Net,
  what: { readonly record: SignedRecord; readonly from: HostId; readonly seen: Set<HostId> },
): void {
  const bytes = encodeRecord(what.record)
  for (const to of net.seats.get(what.from)?.linked ?? []) {
    if (what.seen.has(to)) continue
    what.seen.add(to)
    queueMicrotask(() => {
      const seat = net.seats.get(to)
      if (seat?.linked.has(what.from) && judgeRecord(bytes, what.from, seat.options) === 'accept')
        spread(net, { ...what, from: to })
    })
  }
}

/** Brings the links of all hosts to what may talk now, tells them, and lets the new ones sync. */
function relink(net: Net): void {
  for (const [host, seat] of net.seats) {
    for (const other of seat.linked) if (!net.seats.has(other) || !net.canTalk(host, other)) unlink(seat, other)
    for (const [other, otherSeat] of net.seats) {
      if (other === host || seat.linked.has(other) || !net.canTalk(host, other)) continue
      seat.linked.add(other)
      seat.options.onPeer(other, true, 'it answers')
      queueMicrotask(() => give(otherSeat, seat))
    }
  }
}

function unlink(seat: Seat, other: HostId): void {
  seat.linked.delete(other)
  seat.options.onPeer(other, false, 'the connection was closed')
}

/** One half of a sync. */
function give(from: Seat, to: Seat): void {
  const { send } = compareDigests(from.options.records.digest(), to.options.records.digest())
  for (const record of from.options.records.get(send)) judgeRecord(encodeRecord(record), 'sync', to.options)
}

const pair = (a: HostId, b: HostId): string => [a, b].sort().join(' ')

const admits = (seat: Seat | undefined, other: HostId): boolean =>
  seat?.options.roster().some((entry) => entry.id === other && entry.state === 'admitted') ?? false

const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

import { decodeMessage } from '#core/consensus/messages.ts'
import type { Raft } from '#core/consensus/raft.ts'
import type { RaftEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import { finishEffect } from './carry-out.ts'
import type { Checker } from './checker.ts'
import { Clients } from './clients.ts'
import { Counts } from './counts.ts'
import type { Disk } from './disk.ts'
import { Era } from './era.ts'
import { newHost, type Running, type SimHost } from './host.ts'
import { BEGIN_MS, Machine } from './machine.ts'
import { Network } from './network.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'
import { type Parts, REAL_PARTS, type Setup } from './setup.ts'
import { Transcript } from './transcript.ts'
import { Violation } from './violation.ts'

const TICK_MS = 100

/** `parcel`: something that another host sent; `overtaken` is the number of the parcel on its way. */
type Event =
  | { readonly type: 'tick' | 'written'; readonly host: SimHost; readonly life: number }
  | {
      readonly type: 'parcel'
      readonly from: HostId
      readonly host: SimHost
      readonly number: number
      readonly open: () => void
    }
  | { readonly type: 'act'; readonly act: () => void }

/** Hosts with real consensus and state on a virtual clock. Deterministic: the same setup and the same calls give the same transcript. */
export class World {
  readonly hosts = new Map<HostId, SimHost>()
  readonly network: Network
  readonly transcript = new Transcript()
  readonly counts = new Counts()
  readonly clients: Clients
  readonly setup: Setup
  readonly parts: Parts
  readonly random: Random
  nowMs = 0
  readonly #disks = new Map<HostId, Disk>()
  /** By epoch, from 1 on. */
  readonly #eras: Era[] = []
  readonly #queue = new EventQueue<Event>()
  readonly #arrived = new Map<string, number>()
  #parcels = 0

  constructor(setup: Setup, parts: Parts = REAL_PARTS) {
    this.setup = setup
    this.parts = parts
    this.random = new Random(setup.seed)
    this.network = new Network(new Random(setup.seed + 1))
    const skews = new Random(setup.seed + 2)
    for (const id of [...setup.voters, ...setup.spares]) {
      const disk = parts.createDisk(this.#firstSnapshot(id))
      this.#disks.set(id, disk)
      this.hosts.set(id, newHost({ id, disk, driftPercent: setup.driftPercent, random: this.random, skews }))
      if (setup.driftPercent > 0) this.counts.add('clocks that drift')
    }
    this.beginEra({ index: 0, term: 0 })
    this.clients = new Clients(this, new Random(setup.seed + 3))
    for (const host of this.hosts.values()) this.start(host)
    this.clients.begin(setup.clients)
  }

  /** The newest epoch. */
  get era(): Era {
    return this.eraOf(this.#eras.length)
  }

  get epoch(): number {
    return this.#eras.length
  }

  get checker(): Checker {
    return this.era.checker
  }

  eraOf(epoch: number): Era {
    const era = this.#eras[epoch - 1]
    if (era === undefined) throw new RangeError(`There is no epoch ${epoch}.`)
    return era
  }

  /** Begins the next epoch, whose log goes on after `base`. */
  beginEra(base: { readonly index: number; readonly term: number }): Era {
    const era = new Era(this.#disks, this.counts, { epoch: this.#eras.length + 1, ...base })
    this.#eras.push(era)
    return era
  }

  /** Lets `ms` of virtual time pass. Throws a Violation where an invariant breaks. */
  run(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const next = this.#queue.pop(untilMs)
      if (next === undefined) break
      this.nowMs = Math.max(this.nowMs, next.atMs)
      this.#handle(next.value)
    }
    this.nowMs = untilMs
  }

  /** Does something after a while. */
  later(ms: number, act: () => void): void {
    this.#queue.push(this.nowMs + ms, { type: 'act', act })
  }

  /** The monotonic clock of a host. */
  clockOf({ clock }: SimHost): number {
    return clock.offsetMs + this.nowMs * clock.rate
  }

  /** The wall clock of a host, in whole milliseconds. */
  wallOf({ clock }: SimHost): number {
    return BEGIN_MS + Math.round(this.nowMs + clock.skewMs)
  }

  /** Power on; does nothing where it is. */
  start(host: SimHost): void {
    if (host.running !== null) return
    const persisted = host.disk.read()
    const machine = new Machine(this.parts.mesh)
    machine.restore(persisted.snapshot.state)
    const random = new Random(this.random.whole(0, 0xffff_ffff))
    const nowMs = this.clockOf(host)
    const options = { self: host.id, config: this.setup.config, persisted, nowMs, random: () => random.next() }
    const raft = this.parts.createRaft(options)
    host.life++
    const appliedIndex = persisted.snapshot.index
    host.running = { raft, machine, pending: [], waiting: new Map(), appliedIndex, isWriting: false }
    this.#queue.push(this.nowMs + this.random.between(0, TICK_MS), { type: 'tick', host, life: host.life })
  }

  /** Power off: everything that was not written is gone. */
  crash(host: SimHost): void {
    if (host.running === null) return
    const { pending } = host.running
    this.counts.add('crashes')
    if (pending.length > 0) this.counts.add('crashes within the effects of a call')
    if (pending.some(({ effect }) => effect.type === 'persist')) this.counts.add('writes lost in a crash')
    host.running = null
    const backMs = host.crashPlan?.backMs ?? null
    host.crashPlan = null
    this.transcript.say(this.nowMs, `${host.id} loses power`)
    if (backMs !== null) this.later(backMs, () => this.start(host))
  }

  /** Carries on with what a call of the host's Raft returned. */
  decide(host: SimHost, call: (raft: Raft, nowMs: number) => readonly RaftEffect[]): void {
    const { running } = host
    if (running === null) return
    const effects = call(running.raft, this.clockOf(host))
    this.eraOf(host.disk.epoch).checker.onDecided(host.id, effects)
    const status = effects.some((effect) => effect.type === 'commit') ? running.raft.status : undefined
    const voters = status?.role === 'leader' ? status.configuration.voters : null
    for (const effect of this.parts.arrange(effects)) running.pending.push({ effect, voters })
    this.#carryOut(host, running)
  }

  /** Sends something from one host to another; `open` runs there if it arrives. */
  send(from: HostId, to: HostId, open: (host: SimHost) => void): void {
    const host = this.hosts.get(to)
    if (host === undefined) throw new Violation(`${from} sends to ${to}, which does not exist`)
    const delays = this.network.route(from, to)
    if (delays.length === 0) this.counts.add('messages lost')
    if (delays.length > 1) this.counts.add('messages doubled')
    for (const delayMs of delays) {
      const number = this.#parcels++
      this.#queue.push(this.nowMs + delayMs, { type: 'parcel', from, host, number, open: () => open(host) })
    }
  }

  /** A message of one host's Raft to another's, as it is on the wire. */
  sendRaft(from: SimHost, to: HostId, message: unknown): void {
    const text = JSON.stringify({ epoch: from.disk.epoch, message })
    this.send(from.id, to, (host) => this.#receive(host, from.id, text))
  }

  #firstSnapshot(id: HostId): Snapshot {
    const voters = this.setup.voters.includes(id) ? this.setup.voters : []
    return { index: 0, term: 0, configuration: { voters, learners: [] }, state: null }
  }

  #handle(event: Event): void {
    if (event.type === 'act') event.act()
    else if (event.type !== 'written' && this.nowMs < event.host.stalledUntilMs) {
      this.#queue.push(event.host.stalledUntilMs, event)
    } else if (event.type === 'parcel') this.#arrive(event)
    else if (event.life === event.host.life && event.host.running !== null) this.#wake(event, event.host.running)
  }

  #wake(event: Extract<Event, { type: 'tick' | 'written' }>, running: Running): void {
    const { host } = event
    if (event.type === 'tick') {
      this.#queue.push(this.nowMs + TICK_MS / host.clock.rate, event)
      this.decide(host, (raft, nowMs) => raft.tick(nowMs))
    } else {
      running.isWriting = false
      finishEffect(this, host, running)
      this.#carryOut(host, running)
    }
  }

  #arrive({ from, host, number, open }: Extract<Event, { type: 'parcel' }>): void {
    if (!this.network.passes(from, host.id)) {
      const isOneWay = this.network.passes(host.id, from)
      this.counts.add(isOneWay ? 'messages stopped by a one-way cut' : 'messages stopped by a cut both ways')
      return
    }
    const link = `${from}>${host.id}`
    if (number < (this.#arrived.get(link) ?? 0)) this.counts.add('messages that overtook others')
    else this.#arrived.set(link, number)
    open()
  }

  #receive(host: SimHost, from: HostId, text: string): void {
    const { epoch, message: told } = JSON.parse(text) as { readonly epoch: number; readonly message: unknown }
    if (host.running === null || !this.parts.hears(host.disk.epoch, epoch)) return
    const message = decodeMessage(told)
    if (message === undefined) throw new Violation(`${from} sent ${host.id} what does not decode: ${text}`)
    if (message.type === 'append-refused') this.counts.add('appends refused')
    this.decide(host, (raft, nowMs) => raft.step(from, message, nowMs))
  }

  #carryOut(host: SimHost, running: Running): void {
    while (host.running === running && !running.isWriting) {
      const next = running.pending[0]
      if (next === undefined) return
      const writeMs = next.effect.type === 'persist' ? this.random.between(0, this.setup.diskMs) : 0
      if (writeMs === 0) finishEffect(this, host, running)
      else {
        running.isWriting = true
        this.#queue.push(this.nowMs + writeMs, { type: 'written', host, life: host.life })
      }
    }
  }
}

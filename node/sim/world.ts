import { decodeMessage, type Message } from '#core/consensus/messages.ts'
import { Raft, type RaftOptions } from '#core/consensus/raft.ts'
import type { RaftConfig, RaftEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import { Checker, Violation } from './checker.ts'
import { Disk } from './disk.ts'
import { isCrashDue, type Running, type SimHost } from './host.ts'
import { DigestMachine, type Machine } from './machine.ts'
import { Network } from './network.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'
import { Transcript } from './transcript.ts'

const TICK_MS = 100

/** Everything that is fixed before a run. */
export interface Setup {
  readonly seed: number
  /** The first configuration, known to these. */
  readonly voters: readonly HostId[]
  /** Hosts that wait to be added. */
  readonly spares: readonly HostId[]
  /** Clocks run up to this much too fast or too slow. */
  readonly driftPercent: number
  /** A write takes up to this long. */
  readonly diskMs: number
  readonly config: RaftConfig
}

/** What runs in the world; others than the real ones plant bugs or add checks. */
export interface Parts {
  readonly createRaft: (options: RaftOptions) => Raft
  readonly createDisk: (snapshot: Snapshot) => Disk
  readonly createMachine: () => Machine
  /** The order in which a driver carries out the effects of one call. */
  readonly arrange: (effects: readonly RaftEffect[]) => readonly RaftEffect[]
}

/** The product's own consensus on an honest disk, driven as it asks to be. */
export const REAL_PARTS: Parts = {
  createRaft: (options) => new Raft(options),
  createDisk: (snapshot) => new Disk(snapshot),
  createMachine: () => new DigestMachine(),
  arrange: (effects) => effects,
}

type Event =
  | { readonly type: 'tick'; readonly host: SimHost; readonly life: number }
  | { readonly type: 'written'; readonly host: SimHost; readonly life: number }
  | { readonly type: 'arrive'; readonly from: HostId; readonly host: SimHost; readonly text: string }

/** Hosts with real consensus on a virtual clock. Deterministic: the same setup and the same calls give the same transcript. */
export class World {
  readonly hosts = new Map<HostId, SimHost>()
  readonly network: Network
  readonly checker: Checker
  readonly transcript = new Transcript()
  nowMs = 0
  readonly #setup: Setup
  readonly #parts: Parts
  readonly #random: Random
  readonly #queue = new EventQueue<Event>()

  constructor(setup: Setup, parts: Parts = REAL_PARTS) {
    this.#setup = setup
    this.#parts = parts
    this.#random = new Random(setup.seed)
    this.network = new Network(new Random(setup.seed + 1))
    const disks = new Map<HostId, Disk>()
    for (const id of [...setup.voters, ...setup.spares]) {
      const disk = parts.createDisk(this.#firstSnapshot(id))
      disks.set(id, disk)
      this.hosts.set(id, this.#newHost(id, disk))
    }
    this.checker = new Checker(disks)
    for (const host of this.hosts.values()) this.start(host)
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

  /** The monotonic clock of a host. */
  clockOf({ clock }: SimHost): number {
    return clock.offsetMs + this.nowMs * clock.rate
  }

  /** Power on; does nothing where it is. */
  start(host: SimHost): void {
    if (host.running !== null) return
    const persisted = host.disk.read()
    const machine = this.#parts.createMachine()
    machine.restore(persisted.snapshot.state)
    const random = new Random(this.#random.whole(0, 0xffff_ffff))
    const options = {
      self: host.id,
      config: this.#setup.config,
      persisted,
      nowMs: this.clockOf(host),
      random: () => random.next(),
    }
    const raft = this.#parts.createRaft(options)
    host.life++
    host.running = { raft, machine, pending: [], appliedIndex: persisted.snapshot.index, isWriting: false }
    this.#queue.push(this.nowMs + this.#random.between(0, TICK_MS), { type: 'tick', host, life: host.life })
  }

  /** Power off: everything that was not written is gone. */
  crash(host: SimHost): void {
    if (host.running === null) return
    host.running = null
    host.crashPlan = null
    this.transcript.say(this.nowMs, `${host.id} loses power`)
  }

  /** Carries on with what a call of the host's Raft returned. */
  decide(host: SimHost, call: (raft: Raft, nowMs: number) => readonly RaftEffect[]): void {
    const { running } = host
    if (running === null) return
    const effects = call(running.raft, this.clockOf(host))
    this.checker.onDecided(host.id, effects)
    const status = effects.some((effect) => effect.type === 'commit') ? running.raft.status : undefined
    const voters = status?.role === 'leader' ? status.configuration.voters : null
    for (const effect of this.#parts.arrange(effects)) running.pending.push({ effect, voters })
    this.#carryOut(host, running)
  }

  /** Makes the host's clock jump ahead and lets it notice. */
  skip(host: SimHost, ms: number): void {
    host.clock.offsetMs += ms
    this.decide(host, (raft, nowMs) => raft.tick(nowMs))
  }

  #firstSnapshot(id: HostId): Snapshot {
    const voters = this.#setup.voters.includes(id) ? this.#setup.voters : []
    return { index: 0, term: 0, configuration: { voters, learners: [] }, state: null }
  }

  #newHost(id: HostId, disk: Disk): SimHost {
    const drift = this.#setup.driftPercent / 100
    const clock = { offsetMs: this.#random.whole(0, 1_000_000), rate: 1 + this.#random.between(-drift, drift) }
    return { id, disk, clock, running: null, life: 0, crashPlan: null, stalledUntilMs: 0 }
  }

  #handle(event: Event): void {
    const { host } = event
    if (event.type !== 'written' && this.nowMs < host.stalledUntilMs) {
      this.#queue.push(host.stalledUntilMs, event)
      return
    }
    if (event.type === 'arrive') this.#arrive(host, event.from, event.text)
    else if (event.life === host.life && host.running !== null) this.#wake(event, host.running)
  }

  #wake({ type, host, life }: Exclude<Event, { type: 'arrive' }>, running: Running): void {
    if (type === 'tick') {
      this.#queue.push(this.nowMs + TICK_MS / host.clock.rate, { type, host, life })
      this.decide(host, (raft, nowMs) => raft.tick(nowMs))
    } else {
      running.isWriting = false
      this.#finishFirst(host, running)
      this.#carryOut(host, running)
    }
  }

  #arrive(host: SimHost, from: HostId, text: string): void {
    if (!this.network.passes(from, host.id)) return
    const message = decodeMessage(JSON.parse(text))
    if (message === undefined) throw new Violation(`${from} sent ${host.id} what does not decode: ${text}`)
    this.decide(host, (raft, nowMs) => raft.step(from, message, nowMs))
  }

  #carryOut(host: SimHost, running: Running): void {
    while (host.running === running && !running.isWriting) {
      const next = running.pending[0]
      if (next === undefined) return
      const writeMs = next.effect.type === 'persist' ? this.#random.between(0, this.#setup.diskMs) : 0
      if (writeMs === 0) this.#finishFirst(host, running)
      else {
        running.isWriting = true
        this.#queue.push(this.nowMs + writeMs, { type: 'written', host, life: host.life })
      }
    }
  }

  #finishFirst(host: SimHost, running: Running): void {
    const next = running.pending.shift()
    if (next === undefined) return
    const { effect, voters } = next
    if (effect.type === 'persist') {
      host.disk.write(effect)
      this.checker.onWritten(host.id, effect)
    } else if (effect.type === 'send') this.#send(host, effect)
    else if (effect.type === 'role') this.transcript.role(this.nowMs, host.id, effect)
    else if (effect.type === 'restore') this.#restore(host, running, effect.snapshot)
    else this.#commit(host, running, { entries: effect.entries, voters })
    if (isCrashDue(host, effect)) this.crash(host)
  }

  #send(host: SimHost, effect: { readonly type: 'send'; readonly to: HostId; readonly message: Message }): void {
    this.checker.onSent(host.id, effect)
    const target = this.hosts.get(effect.to)
    if (target === undefined) throw new Violation(`${host.id} sends to ${effect.to}, which does not exist`)
    const text = JSON.stringify(effect.message)
    for (const delayMs of this.network.route(host.id, effect.to)) {
      this.#queue.push(this.nowMs + delayMs, { type: 'arrive', from: host.id, host: target, text })
    }
  }

  #restore(host: SimHost, running: Running, snapshot: Snapshot): void {
    this.checker.onRestore(host.id, snapshot)
    running.machine.restore(snapshot.state)
    running.appliedIndex = snapshot.index
    this.checker.onState(host.id, snapshot.index, running.machine.state())
    this.transcript.say(this.nowMs, `${host.id} restores the snapshot of ${snapshot.index}`)
  }

  #commit(
    host: SimHost,
    running: Running,
    {
      entries,
      voters,
    }: Pick<Extract<RaftEffect, { type: 'commit' }>, 'entries'> & { readonly voters: readonly HostId[] | null },
  ): void {
    for (const entry of entries) {
      if (entry.index !== running.appliedIndex + 1)
        throw new Violation(`${host.id} commits ${entry.index} after ${running.appliedIndex}`)
      this.checker.onCommit({ host: host.id, entry, voters })
      running.machine.apply(entry)
      running.appliedIndex = entry.index
      this.checker.onState(host.id, entry.index, running.machine.state())
    }
    this.transcript.commit(this.nowMs, host.id, entries)
  }
}

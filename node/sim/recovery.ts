import type { PersistEffect } from '#core/consensus/types.ts'
import { withAssignment } from './carry-out.ts'
import { Counts } from './counts.ts'
import type { Era } from './era.ts'
import type { SimHost } from './host.ts'
import { Ledger } from './ledger.ts'
import { Machine } from './machine.ts'
import type { World } from './world.ts'

// Recovery on one host after a majority was lost for good: a new epoch, of which this host is the only voter.

/**
 * The host goes on alone from all it has in its log, also what it does not know to be committed: the lost majority may have told
 * somebody that it is. Hosts of the old epoch are neither heard nor asked from now on.
 */
export function recover(world: World, host: SimHost): void {
  const before = world.eraOf(host.disk.epoch)
  const { snapshot, entries, hard } = host.disk.read()
  const machine = new Machine(world.parts.mesh)
  machine.restore(snapshot.state)
  const past = new Map([...before.applied].filter(([index]) => index <= snapshot.index))
  for (const entry of entries) {
    const applied = machine.apply(entry)
    if (applied !== undefined) past.set(entry.index, withAssignment({ machine }, applied))
  }
  machine.recover(world.wallOf(host))
  const base = { index: host.disk.lastIndex + 1, term: hard.term + 1 }
  const configuration = { voters: [host.id], learners: [] }
  const write: PersistEffect = {
    type: 'persist',
    snapshot: { ...base, configuration, state: machine.image() },
    truncateFrom: base.index + 1,
    hard: { term: base.term, votedFor: null },
  }
  past.set(base.index, { lost: booksOf(before) })
  const era = world.beginEra(base)
  for (const [index, entry] of past) era.enter(index, entry)
  // Somebody is there who looks after this host.
  host.crashPlan = null
  host.stalledUntilMs = 0
  host.running = null
  host.disk.write(write)
  host.disk.epoch = world.epoch
  world.transcript.say(world.nowMs, `${host.id} begins epoch ${world.epoch} alone, at ${base.index}:${base.term}`)
  world.start(host)
}

/** All that the old epoch decided: what goes beyond the survivor's log must not be given to anybody else. */
function booksOf(era: Era): Ledger {
  const books = new Ledger(new Counts())
  for (const entry of era.applied.values()) books.enter(entry)
  return books
}

/** The host hears of the newest epoch, as gossip tells it: it leaves the log of an older one and waits to be added. */
export function hear(world: World, host: SimHost): void {
  if (host.disk.epoch === world.epoch) return
  world.transcript.say(world.nowMs, `${host.id} hears of epoch ${world.epoch} and leaves its log`)
  const hadPower = host.running !== null
  host.running = null
  host.disk.drop(world.epoch)
  if (hadPower) world.start(host)
}

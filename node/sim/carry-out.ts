import type { PersistEffect, RaftEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Command } from '#core/state/commands.ts'
import { type Answering, isCrashDue, type Running, type SimHost } from './host.ts'
import type { Applied } from './machine.ts'
import { Violation } from './violation.ts'
import type { World } from './world.ts'

/** Full states are compared each so many entries; their digests at every one. */
const COMPARE_EVERY = 64

/** Carries out the first effect that waits on a host, as a driver does, and lets the watchers look. */
export function finishEffect(world: World, host: SimHost, running: Running): void {
  const next = running.pending.shift()
  if (next === undefined) return
  const { effect, voters } = next
  host.effects++
  if (effect.type === 'persist') persist(world, host, effect)
  else if (effect.type === 'send') send(world, host, effect)
  else if (effect.type === 'role') changeRole(world, host, effect)
  else if (effect.type === 'restore') restore(world, host, effect.snapshot)
  else commit(world, host, { entries: effect.entries, voters })
  if (isCrashDue(host, effect)) world.crash(host)
}

function persist(world: World, host: SimHost, effect: PersistEffect): void {
  const first = effect.entries?.[0]
  if (first !== undefined && first.index <= host.disk.lastIndex) world.counts.add('entries replaced')
  host.disk.write(effect)
  world.eraOf(host.disk.epoch).checker.onWritten(host.id, effect)
  if (effect.snapshot === undefined || effect.truncateFrom !== undefined) return
  world.counts.add('logs compacted')
  world.eraOf(host.disk.epoch).checker.onImage(host.id, effect.snapshot.index, effect.snapshot.state)
}

function send(world: World, host: SimHost, effect: Extract<RaftEffect, { type: 'send' }>): void {
  world.eraOf(host.disk.epoch).checker.onSent(host.id, effect)
  if (effect.message.type === 'timeout-now') world.counts.add('leaderships handed over')
  world.sendRaft(host, effect.to, effect.message)
}

function changeRole(world: World, host: SimHost, effect: Extract<RaftEffect, { type: 'role' }>): void {
  world.transcript.role(world.nowMs, host.id, effect)
  if (effect.role === 'leader') world.counts.add('elections')
  const lost = effect.role === 'leader' ? [] : [...(host.running?.waiting.values() ?? [])].flat()
  if (effect.role !== 'leader') host.running?.waiting.clear()
  if (lost.length > 0) world.counts.add('leaders that fell with calls under way')
  for (const answer of lost) answer(null)
}

function restore(world: World, host: SimHost, snapshot: Snapshot): void {
  const { running } = host
  if (running === null) return
  const { checker } = world.eraOf(host.disk.epoch)
  checker.onRestore(host.id, snapshot)
  running.machine.restore(snapshot.state)
  running.appliedIndex = snapshot.index
  checker.onState(host.id, snapshot.index, running.machine.digest)
  checker.onImage(host.id, snapshot.index, running.machine.image())
  world.counts.add('snapshots restored')
  world.transcript.say(world.nowMs, `${host.id} restores the snapshot of ${snapshot.index}`)
}

interface Committing {
  readonly entries: Extract<RaftEffect, { type: 'commit' }>['entries']
  readonly voters: readonly HostId[] | null
}

function commit(world: World, host: SimHost, { entries, voters }: Committing): void {
  const { running } = host
  if (running === null) return
  const era = world.eraOf(host.disk.epoch)
  for (const entry of entries) {
    if (entry.index !== running.appliedIndex + 1)
      throw new Violation(`${host.id} commits ${entry.index} after ${running.appliedIndex}`)
    const isFirst = era.checker.onCommit({ host: host.id, entry, voters })
    const applied = running.machine.apply(entry)
    running.appliedIndex = entry.index
    if (isFirst && applied !== undefined) era.enter(entry.index, withAssignment(running, applied))
    if (isFirst && entry.data.type === 'configuration') world.counts.add('changes of the configuration')
    era.checker.onState(host.id, entry.index, running.machine.digest)
    if (entry.index % COMPARE_EVERY === 0) era.checker.onImage(host.id, entry.index, running.machine.image())
    if (applied !== undefined) answer(running, applied)
  }
  world.transcript.commit(world.nowMs, host.id, entries)
}

/** With the assignment its lab has now, where it has to do with one. */
export function withAssignment({ machine }: Pick<Running, 'machine'>, applied: Applied) {
  const { command } = applied
  return { ...applied, assignment: command.type === 'assign' ? machine.assignment(command.lab) : undefined }
}

/** Proposes at a host what somebody asked there; it hears what came of it. */
export function proposeAt(world: World, host: SimHost, { command, answering }: Proposing): void {
  world.decide(host, (raft, nowMs) => {
    const result = raft.propose([command], nowMs)
    if ('refused' in result || host.running === null) {
      answering(null)
      return []
    }
    const { waiting } = host.running
    waiting.set(command.requestId, [...(waiting.get(command.requestId) ?? []), answering])
    return result.effects
  })
}

interface Proposing {
  readonly command: Command
  readonly answering: Answering
}

function answer({ waiting }: Running, { command, result }: Applied): void {
  const answers = waiting.get(command.requestId) ?? []
  waiting.delete(command.requestId)
  for (const one of answers) one(result)
}

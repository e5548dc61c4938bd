import { checkHistory } from '#testing/linearizable.ts'
import { HISTORY_RULES } from './clients.ts'
import { currentLeader } from './host.ts'
import { hostsNamed } from './names.ts'
import { hear } from './recovery.ts'
import { Violation } from './violation.ts'
import { parseDuration } from './words.ts'
import type { World } from './world.ts'

/** Text commands for whoever leads there. */
export function propose(world: World, [names, ...commands]: readonly string[]): void {
  for (const host of hostsNamed(world, names)) {
    world.decide(host, (raft, nowMs) => {
      const result = raft.propose(commands, nowMs)
      if ('effects' in result) return result.effects
      world.transcript.say(world.nowMs, `${host.id} does not lead`)
      return []
    })
  }
}

/** Writes down what every host believes. */
export function status(world: World): void {
  for (const { id, running } of world.hosts.values()) {
    if (running === null) world.transcript.say(world.nowMs, `${id}: no power`)
    else {
      const { role, term, leader, commitIndex, lastIndex, configuration } = running.raft.status
      const who = `${configuration.voters.join(' ') || 'nobody'}${configuration.learners.map((host) => ` (${host})`).join('')}`
      const line = `${id}: ${role} of ${leader ?? 'nobody'}, term ${term}, committed ${commitIndex} of ${lastIndex}, voters ${who}`
      world.transcript.say(world.nowMs, line)
    }
  }
}

/** Demands, as things are, that something new is committed within the time given. */
export function progress(world: World, [limit]: readonly string[]): void {
  const untilMs = world.nowMs + parseDuration(limit)
  const before = world.checker.committedIndex
  while (world.checker.committedIndex <= before) {
    if (world.nowMs >= untilMs) throw new Violation(`no progress within ${limit}`)
    propose(world, ['leader', 'progress'])
    world.run(500)
  }
}

/**
 * Mends everything, then demands a leader and a new entry applied by its whole configuration within the time given, the same state there
 * on every host, books that agree with it, and answers to clients that some order explains.
 */
export function settle(world: World, [limit]: readonly string[]): void {
  mend(world)
  world.clients.stop()
  const untilMs = world.nowMs + parseDuration(limit)
  const before = world.checker.committedIndex
  while (world.nowMs < untilMs) {
    const leader = currentLeader(world.hosts.values())
    if (leader !== undefined) propose(world, [leader.id, 'settled'])
    world.run(500)
    if (world.clients.underWay > 0 || !isSettled(world, before)) continue
    lookBack(world)
    return
  }
  status(world)
  throw new Violation(`no progress within ${limit} of healing`)
}

function mend(world: World): void {
  world.network.heal()
  world.network.loss = 0
  world.network.duplicates = 0
  world.network.delay = { fromMs: 1, toMs: 10 }
  for (const host of world.hosts.values()) {
    host.crashPlan = null
    host.stalledUntilMs = 0
    world.start(host)
    hear(world, host)
  }
}

function isSettled(world: World, before: number): boolean {
  const leader = currentLeader(world.hosts.values())?.running?.raft.status
  if (leader === undefined || leader.commitIndex <= before || leader.commitIndex < leader.lastIndex) return false
  const members = [...leader.configuration.voters, ...leader.configuration.learners]
  return members.every((id) => world.hosts.get(id)?.running?.appliedIndex === leader.commitIndex)
}

function lookBack(world: World): void {
  const { checker, ledger } = world.era
  for (const { id, disk, running } of world.hosts.values()) {
    if (running === null || disk.epoch !== world.epoch || running.appliedIndex !== checker.committedIndex) continue
    checker.onImage(id, running.appliedIndex, running.machine.image())
    ledger.audit(running.machine.allocations())
  }
  // What a recovery could not save was answered all the same.
  if (world.epoch > 1) return
  const verdict = checkHistory(world.clients.history, HISTORY_RULES)
  if (!verdict.ok) throw new Violation(`answers: ${verdict.why}`)
}

import type { Message } from '#core/consensus/messages.ts'
import type { MembershipChange } from '#core/consensus/raft.ts'
import type { HostId } from '#core/model/ids.ts'
import { Violation } from './checker.ts'
import { currentLeader, type SimHost } from './host.ts'
import type { World } from './world.ts'

type Verb = (world: World, args: readonly string[]) => void

const CHANGES = ['add-learner', 'promote', 'demote', 'remove'] as const

/** `20ms` or `3s`, in milliseconds. */
export function parseDuration(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text ?? '')
  if (match === null) throw new SyntaxError(`'${text}' is no duration; write 20ms or 3s`)
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1)
}

/** `10%` or `0.5%`, from 0 to 100. */
export function parsePercent(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text ?? '')
  if (match === null) throw new SyntaxError(`'${text}' is no share; write 10%`)
  return Number(match[1])
}

function hostNamed(world: World, name: string | undefined): SimHost {
  const host = world.hosts.get((name ?? '') as HostId)
  if (host === undefined) throw new SyntaxError(`there is no host '${name}'`)
  return host
}

/** A host by name, several by `a,b`, `all`, or whoever leads as `leader` (nobody, where nobody does). */
function hostsNamed(world: World, names: string | undefined): readonly SimHost[] {
  if (names === 'all') return [...world.hosts.values()]
  if (names !== 'leader') return (names ?? '').split(',').map((name) => hostNamed(world, name))
  const leader = currentLeader(world.hosts.values())
  return leader === undefined ? [] : [leader]
}

function cut(world: World, [from, sign, to]: readonly string[]): void {
  if (sign !== '>' && sign !== '|') throw new SyntaxError(`write 'cut a > b' or 'cut a,b | c'`)
  for (const a of hostsNamed(world, from)) {
    for (const b of hostsNamed(world, to)) {
      world.network.cut(a.id, b.id)
      if (sign === '|') world.network.cut(b.id, a.id)
    }
  }
}

function delay(world: World, args: readonly string[]): void {
  const range = { fromMs: parseDuration(args.at(-2)), toMs: parseDuration(args.at(-1)) }
  if (args.length === 2) world.network.delay = range
  else
    for (const from of hostsNamed(world, args[0]))
      world.network.setLinkDelay(from.id, hostNamed(world, args[2]).id, range)
}

function crash(world: World, [names, after, what]: readonly string[]): void {
  for (const host of hostsNamed(world, names)) {
    if (after === undefined) world.crash(host)
    else if (/^\d+$/.test(what ?? '')) host.crashPlan = { type: 'effects', left: Number(what) }
    else host.crashPlan = { type: 'sent', message: what as Message['type'] }
  }
}

function propose(world: World, [names, ...commands]: readonly string[]): void {
  for (const host of hostsNamed(world, names)) {
    world.decide(host, (raft, nowMs) => {
      const result = raft.propose(commands, nowMs)
      if ('effects' in result) return result.effects
      world.transcript.say(world.nowMs, `${host.id} does not lead`)
      return []
    })
  }
}

function change(world: World, [names, verb, subject]: readonly string[]): void {
  const type = CHANGES.find((known) => known === verb)
  if (type === undefined) throw new SyntaxError(`'${verb}' is none of ${CHANGES.join(' ')}`)
  for (const host of hostsNamed(world, names)) {
    for (const { id } of hostsNamed(world, subject)) changeAt(world, host, { type, host: id })
  }
}

function changeAt(world: World, host: SimHost, wanted: MembershipChange): void {
  world.decide(host, (raft, nowMs) => {
    const result = raft.changeMembership(wanted, nowMs)
    if ('effects' in result) return result.effects
    world.transcript.say(world.nowMs, `${host.id} refuses: ${result.refused}`)
    return []
  })
}

function transfer(world: World, [names, to]: readonly string[]): void {
  const target = hostNamed(world, to).id
  for (const host of hostsNamed(world, names))
    world.decide(host, (raft, nowMs) => raft.transferLeadership(target, nowMs))
}

/** Compacts up to what the state machine has applied, as a caller would. */
function compact(world: World, [names]: readonly string[]): void {
  for (const host of hostsNamed(world, names)) {
    const { running } = host
    if (running !== null) world.decide(host, (raft) => raft.compact(running.appliedIndex, running.machine.state()))
  }
}

function status(world: World): void {
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
function progress(world: World, [limit]: readonly string[]): void {
  const untilMs = world.nowMs + parseDuration(limit)
  const before = world.checker.committedIndex
  while (world.checker.committedIndex <= before) {
    if (world.nowMs >= untilMs) throw new Violation(`no progress within ${limit}`)
    propose(world, ['leader', 'progress'])
    world.run(500)
  }
}

/** Mends everything, then demands a leader and a new entry applied by its whole configuration within the time given. */
function settle(world: World, [limit]: readonly string[]): void {
  mend(world)
  const untilMs = world.nowMs + parseDuration(limit)
  const before = world.checker.committedIndex
  while (world.nowMs < untilMs) {
    const leader = currentLeader(world.hosts.values())
    if (leader !== undefined) propose(world, [leader.id, 'settled'])
    world.run(500)
    if (isSettled(world, before)) return
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
  }
}

function isSettled(world: World, before: number): boolean {
  const leader = currentLeader(world.hosts.values())?.running?.raft.status
  if (leader === undefined || leader.commitIndex <= before || leader.commitIndex < leader.lastIndex) return false
  const members = [...leader.configuration.voters, ...leader.configuration.learners]
  return members.every((id) => world.hosts.get(id)?.running?.appliedIndex === leader.commitIndex)
}

/** What a scenario may say, after its setup. */
export const VERBS: Readonly<Record<string, Verb>> = {
  run: (world, [time]) => world.run(parseDuration(time)),
  start: (world, [names]) => {
    for (const host of hostsNamed(world, names)) world.start(host)
  },
  stall: (world, [names, time]) => {
    for (const host of hostsNamed(world, names)) host.stalledUntilMs = world.nowMs + parseDuration(time)
  },
  skip: (world, [names, time]) => {
    for (const host of hostsNamed(world, names)) world.skip(host, parseDuration(time))
  },
  heal: (world) => world.network.heal(),
  loss: (world, [share]) => {
    world.network.loss = parsePercent(share) / 100
  },
  duplicates: (world, [share]) => {
    world.network.duplicates = parsePercent(share) / 100
  },
  cut,
  delay,
  crash,
  propose,
  change,
  transfer,
  compact,
  status,
  settle,
  progress,
}

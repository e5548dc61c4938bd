import type { Message } from '#core/consensus/messages.ts'
import type { MembershipChange } from '#core/consensus/raft.ts'
import { proposeAt } from './carry-out.ts'
import type { CrashPlan, SimHost } from './host.ts'
import { hostNamed, hostsNamed } from './names.ts'
import { hear, recover } from './recovery.ts'
import { progress, propose, settle, status } from './settle.ts'
import { parseDuration, parsePercent } from './words.ts'
import type { World } from './world.ts'

type Verb = (world: World, args: readonly string[]) => void

const CHANGES = ['add-learner', 'promote', 'demote', 'remove'] as const

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

/** `crash a`, `crash a after 3` effects, `crash a after vote-reply` was sent; with `back 1s` it starts again by itself. */
function crash(world: World, [names, after, what, back, time]: readonly string[]): void {
  const backMs = back === 'back' ? parseDuration(time) : null
  for (const host of hostsNamed(world, names)) {
    if (after === undefined) world.crash(host)
    else host.crashPlan = crashPlan(what ?? '', backMs)
  }
}

function crashPlan(what: string, backMs: number | null): CrashPlan {
  if (/^\d+$/.test(what)) return { type: 'effects', left: Number(what), backMs }
  return { type: 'sent', message: what as Message['type'], backMs }
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
    if (running !== null) world.decide(host, (raft) => raft.compact(running.appliedIndex, running.machine.image()))
  }
}

/**
 * `remind leader b,c 5 2`: a leader sends again two entries, from the fifth last on. The paper lets it at any time, and one of another
 * version may, though ours has no reason to.
 */
function remind(world: World, [names, to, back, count]: readonly string[]): void {
  for (const host of hostsNamed(world, names)) {
    const status = host.running?.raft.status
    const isKept = host.running?.pending.every(({ effect }) => effect.type !== 'persist')
    if (status?.role !== 'leader' || !isKept) continue
    const { disk } = host
    const previousIndex = Math.max(disk.snapshot.index, disk.lastIndex - Number(back))
    const from = previousIndex - disk.snapshot.index
    const message = {
      type: 'append',
      term: status.term,
      previousIndex,
      previousTerm: disk.termAt(previousIndex),
      entries: disk.entries.slice(from, from + Number(count)),
      commit: status.commitIndex,
    }
    world.counts.add('reminders of old entries')
    for (const { id } of hostsNamed(world, to)) if (id !== host.id) world.sendRaft(host, id, message)
  }
}

/** `call a reserve job 2`: somebody asks host a, see `calls.ts`. */
function call(world: World, [names, ...words]: readonly string[]): void {
  for (const host of hostsNamed(world, names)) world.clients.ask(`caller-${host.id}`, host, words)
}

/** `again leader 3`: the third last call that was committed comes once more, as one does that was sent again and held up on its way. */
function again(world: World, [names, back]: readonly string[]): void {
  const entry = [...world.era.applied.values()].at(-Number(back))
  if (entry === undefined || 'lost' in entry) return
  for (const host of hostsNamed(world, names))
    proposeAt(world, host, { command: entry.command, answering: () => undefined })
}

/** What a scenario may say, after its setup. */
export const VERBS: Readonly<Record<string, Verb>> = {
  run: (world, [time]) => world.run(parseDuration(time)),
  start: (world, [names]) => {
    for (const host of hostsNamed(world, names)) world.start(host)
  },
  stall: (world, [names, time]) => {
    for (const host of hostsNamed(world, names)) {
      host.stalledUntilMs = world.nowMs + parseDuration(time)
      world.counts.add('stalls')
    }
  },
  // The clock jumps ahead, and the host notices.
  skip: (world, [names, time]) => {
    for (const host of hostsNamed(world, names)) {
      host.clock.offsetMs += parseDuration(time)
      world.decide(host, (raft, nowMs) => raft.tick(nowMs))
    }
  },
  // Their connection to the leader closed, as it does at once where a process is killed.
  lost: (world, [names]) => {
    for (const host of hostsNamed(world, names)) world.decide(host, (raft, nowMs) => raft.leaderLost(nowMs))
  },
  recover: (world, [names]) => {
    for (const host of hostsNamed(world, names)) recover(world, host)
  },
  hear: (world, [names]) => {
    for (const host of hostsNamed(world, names)) hear(world, host)
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
  remind,
  call,
  again,
  status,
  settle,
  progress,
}

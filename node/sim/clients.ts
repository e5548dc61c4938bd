import type { HostId } from '#core/model/ids.ts'
import type { Command, CommandResult } from '#core/state/commands.ts'
import type { Answer, Call, Operation } from '#testing/linearizable.ts'
import { drawCall, parseCall, type Wish } from './calls.ts'
import { proposeAt } from './carry-out.ts'
import { type Answering, type SimHost, SKEW_MS } from './host.ts'
import { MESH } from './machine.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** As the product's callers do, but more often, so that much happens in little time. */
const PATIENCE_MS = 1000
const RETRY_MS = 200
const DEADLINE_MS = 5000
const THINK_MS = 600

/** One call on its way: sent again, with the same request id, until it is answered or its time is over. */
interface Asking {
  readonly client: string
  readonly text: string
  readonly wish: Wish
  readonly requestId: string
  readonly invokedMs: number
  readonly isOver: (answer: Told | null) => void
  host: SimHost
  /** Counts sendings; 0 once it is over. */
  attempt: number
}

/** What a host tells: the command's result, and for a list what was held right then. */
interface Told {
  readonly result: CommandResult
  readonly held: Extract<Answer, { type: 'held' }> | null
}

/**
 * Those who ask the mesh for things, at any host. A host that does not lead passes a call on to the leader it knows. A call without an
 * answer is sent again with the same request id, perhaps to another host, and given up after a while: then nobody knows whether it happened.
 */
export class Clients {
  readonly #world: World
  readonly #random: Random
  readonly #history: Operation[] = []
  readonly #open = new Set<Asking>()
  #asked = 0
  #isStopped = false

  constructor(world: World, random: Random) {
    this.#world = world
    this.#random = random
  }

  /** All reservations so far; those that nobody was answered yet are without one. */
  get history(): readonly Operation[] {
    return [...this.#history, ...[...this.#open].flatMap((asking) => operationOf(asking, null, null))]
  }

  get underWay(): number {
    return this.#open.size
  }

  /** Lets `count` clients ask one thing after the other. */
  begin(count: number): void {
    for (let i = 1; i <= count; i++) this.#next(`c${i}`)
  }

  /** Nothing new is asked from now on. */
  stop(): void {
    this.#isStopped = true
  }

  /** Asks for what `words` say at `host`. */
  ask(client: string, host: SimHost, words: readonly string[], isDone: () => void = () => undefined): void {
    const asking: Asking = {
      client,
      text: words.join(' '),
      wish: parseCall(words),
      requestId: `${client}-${++this.#asked}`,
      invokedMs: this.#world.nowMs,
      isOver: (told) => {
        asking.attempt = 0
        this.#open.delete(asking)
        this.#conclude(asking, told)
        isDone()
      },
      host,
      attempt: 1,
    }
    this.#open.add(asking)
    this.#send(asking)
  }

  #next(client: string): void {
    this.#world.later(this.#random.between(0, THINK_MS), () => {
      if (this.#isStopped) return
      const words = drawCall(this.#random, 1 + Math.floor(this.#world.nowMs / 1000))
      this.ask(client, this.#anyHost(), words, () => this.#next(client))
    })
  }

  #anyHost(): SimHost {
    return this.#random.pick([...this.#world.hosts.values()])
  }

  #send(asking: Asking): void {
    const { attempt, host } = asking
    this.#world.later(PATIENCE_MS, () => this.#again(asking, attempt))
    const leader = host.running?.raft.status.leader ?? null
    if (this.#world.parts.listsItsOwn && asking.wish.type === 'expire' && host.running !== null) {
      const result = { ok: true, value: { type: 'freed', owner: '', count: 0 } } as const
      asking.isOver({ result, held: heldAt(host) })
    } else if (leader === null) this.#soon(asking, attempt)
    else this.#sendTo(leader, asking)
  }

  #sendTo(leader: HostId, asking: Asking): void {
    const { attempt, host } = asking
    const { wish, requestId } = asking
    const command = { ...wish, requestId, nowMs: this.#world.wallOf(host) } as Command
    const { life } = host
    const take = (told: Told | null): void => {
      if (host.life !== life || host.running === null || asking.attempt === 0) return
      if (told !== null) asking.isOver(told)
      else if (asking.attempt === attempt) this.#soon(asking, attempt)
    }
    if (leader === host.id) this.#propose(host, command, take)
    else this.#forward(host, leader, { command, take })
  }

  #forward(from: SimHost, to: HostId, { command, take }: Forwarding): void {
    const world = this.#world
    world.send(from.id, to, (leader) => {
      if (leader.running === null || leader.disk.epoch !== from.disk.epoch) return
      this.#propose(leader, command, (told) => world.send(leader.id, from.id, () => take(told)))
    })
  }

  #propose(leader: SimHost, command: Command, take: Forwarding['take']): void {
    const answering: Answering = (result) => {
      const held = command.type === 'expire' && result !== null ? heldAt(leader) : null
      take(result === null ? null : { result, held })
    }
    proposeAt(this.#world, leader, { command, answering })
  }

  #soon(asking: Asking, attempt: number): void {
    this.#world.later(RETRY_MS, () => this.#again(asking, attempt))
  }

  #again(asking: Asking, attempt: number): void {
    if (asking.attempt !== attempt) return
    if (this.#world.nowMs - asking.invokedMs >= DEADLINE_MS) asking.isOver(null)
    else this.#resend(asking)
  }

  #resend(asking: Asking): void {
    this.#world.counts.add('calls sent again')
    const before = asking.host
    if (this.#random.chance(0.5)) asking.host = this.#anyHost()
    if (asking.host !== before) this.#world.counts.add('calls sent again to another host')
    asking.attempt++
    this.#send(asking)
  }

  #conclude(asking: Asking, told: Told | null): void {
    const { counts, transcript, nowMs } = this.#world
    counts.add(told === null ? 'calls without an answer' : 'calls answered')
    transcript.say(nowMs, `${asking.client}: ${asking.text} → ${told === null ? 'no answer' : summary(told)}`)
    this.#history.push(...operationOf(asking, told, nowMs))
  }
}

interface Forwarding {
  readonly command: Command
  readonly take: (told: Told | null) => void
}

function heldAt({ running }: SimHost): Extract<Answer, { type: 'held' }> {
  const rows = running?.machine.allocations() ?? []
  const held = rows
    .filter(({ owner }) => owner.startsWith('user/'))
    .map(({ pool, host, value, owner }) => ({
      pool: host === undefined ? pool : `${pool}/${host}`,
      value,
      owner: owner.slice('user/'.length),
    }))
  return { type: 'held', held }
}

function callOf(wish: Wish): Call | undefined {
  if (wish.type === 'reserve') return wish
  if (wish.type === 'free') return wish
  return wish.type === 'expire' ? { type: 'list' } : undefined
}

/** The call as one operation of the history; only reservations belong there. */
function operationOf({ client, wish, invokedMs }: Asking, told: Told | null, nowMs: number | null): Operation[] {
  const op = callOf(wish)
  if (op === undefined) return []
  const result = told === null ? null : answerOf(told)
  return [{ client, op, invokedMs, returnedMs: result === null ? null : nowMs, result }]
}

function answerOf({ result, held }: Told): Answer | null {
  if (held !== null) return held
  if (!result.ok) return { type: 'refused', code: result.code }
  if (result.value.type === 'numbers') return { type: 'numbers', values: result.value.values }
  return result.value.type === 'freed' ? { type: 'freed', count: result.value.count } : null
}

function summary({ result, held }: Told): string {
  if (held !== null)
    return held.held.map(({ pool, value, owner }) => `${pool}/${value} ${owner}`).join(', ') || 'nothing'
  if (!result.ok) return result.code
  const { value } = result
  if (value.type === 'numbers') return value.values.join(' ')
  if (value.type === 'freed') return `${value.count} freed`
  if (value.type === 'host') return `${value.host.name} ${value.host.state}`
  return value.type === 'lab' ? `decision ${value.index ?? 'none'}` : 'made'
}

/** How far apart in time a number may be freed and given again, by the clock of the world: wall clocks differ. */
export const HISTORY_RULES = { restMs: MESH.restMs, slackMs: 2 * SKEW_MS }

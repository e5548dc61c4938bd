import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Assignment, LabIntent } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import { labOf, type Op, type Resource, subject } from '#core/model/resource.ts'
import { describe } from '#core/plan/cause.ts'
import { Placeholders } from '#core/plan/placeholders.ts'
import { rehearse } from '#core/plan/rehearse.ts'
import type { Driver } from '#drivers/driver.ts'
import { isAssignmentShaped, isIntentReadable } from '../bodies.ts'
import { nameAt, nameOf } from '../consensus/quorum.ts'
import { message } from '../host/look.ts'
import type { DesiredOn, Planned } from '../planning.ts'
import type { HostCommands, StepCommands } from '../port.ts'
import { comingText, type Givers } from './coming.ts'
import { commandText } from './command-text.ts'

export interface RehearsalsOptions {
  readonly engine: Engine
  readonly drivers: readonly Driver[]
  readonly desiredOn: DesiredOn
  /** What the last look at this host found. */
  seen(): readonly Resource[]
  request(host: HostId, body: unknown, timeoutMs: number): Promise<unknown>
}

const texts = z.array(z.string())
const Ask = z.object({
  intent: z.custom<LabIntent>(isIntentReadable),
  assignment: z.custom<Assignment>(isAssignmentShaped),
  placeholders: z.record(z.string(), z.number()),
  /** Absent where the asking host is of an earlier version. */
  givers: z.record(z.string(), texts.readonly()).exactOptional(),
})
type Ask = z.infer<typeof Ask>

const Rounds = z.array(
  z.array(
    z.object({
      ops: z.array(z.object({ op: z.string(), what: z.string(), reason: z.string() })),
      commands: z.array(
        z.object({
          argv: texts.exactOptional(),
          stdin: z.string().exactOptional(),
          request: z.string().exactOptional(),
          body: z.string().exactOptional(),
        }),
      ),
    }),
  ),
)

/** Nothing is run: a host only reads what it knows and thinks. */
const REQUEST_MS = 10_000

/** Tells which commands hosts would run for a lab that is not submitted yet, given what is there. */
export class Rehearsals {
  readonly #options: RehearsalsOptions

  constructor(options: RehearsalsOptions) {
    this.#options = options
  }

  /** Of every host that has, or would have, a part of the lab. `givers`: who has its images. */
  async everywhere(
    intent: LabIntent,
    { assignment, placeholders }: Planned,
    givers: Givers,
  ): Promise<readonly HostCommands[]> {
    const { engine } = this.#options
    const held = engine.active.get(intent.name)?.assignment.hosts ?? {}
    const hosts = new Set([...Object.values(held), ...Object.values(assignment.hosts)])
    const ask: Ask = { intent, assignment, placeholders: placeholders.numbers, givers }
    const found = await Promise.all([...hosts].map((host) => this.#on(host, ask)))
    return found.toSorted((a, b) => (a.host < b.host ? -1 : 1))
  }

  /** On this host. BAD_INPUT where the body of the request is none. */
  here(body: unknown): readonly (readonly StepCommands[])[] {
    const read = Ask.safeParse(body)
    if (!read.success) throw new MeshError('BAD_INPUT', 'malformed request for the commands of a plan')
    return this.#rounds(read.data)
  }

  async #on(host: HostId, ask: Ask): Promise<HostCommands> {
    const { engine, request } = this.#options
    const name = nameOf(engine, host)
    try {
      const rounds = host === engine.self ? this.#rounds(ask) : Rounds.parse(await request(host, ask, REQUEST_MS))
      return { host: name, rounds }
    } catch (error) {
      return { host: name, rounds: [], unreachable: message(error).replaceAll(host, name) }
    }
  }

  #rounds({ intent, assignment, placeholders, givers = {} }: Ask): readonly (readonly StepCommands[])[] {
    const { engine, desiredOn } = this.#options
    const others = [...engine.active.values()].filter((active) => active.intent.name !== intent.name)
    const labs = [...others, { intent, assignment }]
    const stands = new Placeholders(placeholders)
    const images = new Set(intent.nodes.map(({ image }) => image))
    const tags = this.#tags([assignment, engine.active.get(intent.name)?.assignment])
    const isMeant = (op: Op): boolean => {
      const resource = subject(op)
      if (resource.kind === 'image') return images.has(resource.name)
      // What is seen of flows says which tag they are for, not which lab.
      return resource.kind === 'wire' ? tags.has(resource.vlan) : labOf(resource) === intent.name
    }
    return rehearse({
      seen: this.#options.seen(),
      wanted: (seen) => desiredOn(engine.self, labs, seen),
      pid: (workload) => stands.number(`pid:${workload.split('/').at(-1)}`),
    })
      .map((ops) => this.#steps(ops.filter(isMeant), (text) => stands.shown(text), givers))
      .filter((steps) => steps.length > 0)
  }

  /** VLAN tags of a lab on this host, before and after. */
  #tags(assignments: readonly (Assignment | undefined)[]): ReadonlySet<number> {
    const { self } = this.#options.engine
    const segments = assignments.flatMap((one) => Object.values(one?.segments ?? {}))
    return new Set(segments.flatMap(({ vlans }) => own(vlans, self) ?? []))
  }

  #steps(ops: readonly Op[], shown: (text: string) => string, givers: Givers): readonly StepCommands[] {
    const { drivers, engine } = this.#options
    const self = nameOf(engine, engine.self)
    const peerName = (address: string): string => nameAt(engine, address)
    return drivers.flatMap((driver) => {
      const own = ops.filter((op) => driver.owns(subject(op)))
      if (own.length === 0) return []
      return driver.steps(own).map((step) => ({
        ops: step.ops.map((op) => ({
          op: op.type,
          what: describe(subject(op), { peerName }),
          reason: shown(op.reason),
        })),
        commands:
          comingText(step.ops, step.commands, { givers, self }) ??
          step.commands.map((command) => commandText(command, shown)),
      }))
    })
  }
}

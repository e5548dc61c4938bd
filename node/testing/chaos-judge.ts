import type { LabView } from '#core/view/types.ts'
import type { Done } from './chaos-faults.ts'
import type { ChaosLab } from './chaos-labs.ts'

/** What was true and what was told of it within one moment. */
export interface Sample {
  /** Pings went out, and views were read: `performance.now()`. */
  readonly fromMs: number
  readonly toMs: number
  /** Whether each was answered. */
  readonly pings: ReadonlyMap<string, boolean>
  /** Labs as each host shows them; a host that does not answer is absent. */
  readonly views: ReadonlyMap<string, readonly LabView[]>
}

/** A link may be told up this long after its pings ended: events and the reading of a host take part of a second, a busy machine the rest. */
const FALSE_UP_MS = 4_000
/** And told broken this long after they began again: what was mended is read back, told and heard. */
const FALSE_DOWN_MS = 10_000
/** Consensus, hearing of each other again and the first status after a host came back: nobody is held to the truth so soon. */
const GRACE_MS = 15_000
/** A sample that took this long says that the machine, not the mesh, is late. */
const LATE_MS = 3_500
/** Without these tools nobody can say that a lab node runs, or that a link works. */
const BLINDING: readonly string[] = ['dockerd-killed', 'containerd-killed', 'vswitchd-killed', 'ovsdb-killed']

/** Each takes all links of a host at once: what was mended between two samples breaks anew, and is told anew. */
const SWEEPING: readonly string[] = ['vswitchd-killed', 'bridge-deleted']

interface Since {
  readonly fromMs: number
  readonly samples: number
}

/** Holds what hosts tell of links against pings, sample by sample. */
export class Judge {
  readonly #labs: readonly ChaosLab[]
  readonly #harms: () => readonly Done[]
  readonly #since = new Map<string, Since>()
  readonly #found = new Map<string, string>()
  #compared = 0

  /** `harms`: all there were so far. */
  constructor(labs: readonly ChaosLab[], harms: () => readonly Done[]) {
    this.#labs = labs
    this.#harms = harms
  }

  /** Each false state with who told it, once. */
  get found(): readonly string[] {
    return [...this.#found.values()]
  }

  /** How many states were held against pings. */
  get compared(): number {
    return this.#compared
  }

  see(sample: Sample): void {
    if (sample.toMs - sample.fromMs > LATE_MS) {
      this.#since.clear()
      return
    }
    for (const [viewer, views] of sample.views)
      for (const lab of this.#labs) {
        const view = views.find(({ name }) => name === lab.name)
        if (view !== undefined) this.#judge({ sample, viewer, lab, view })
      }
  }

  #judge({ sample, viewer, lab, view }: Told): void {
    for (const link of view.links) {
      const key = link.endpoints.map((end) => `${end.node}:${end.interface}`).join(' ')
      const hosts = [
        viewer,
        ...view.links.filter(({ vni }) => vni !== null && vni === link.vni).flatMap(hostsOf),
        ...hostsOf(link),
      ]
      const works = this.#works(lab, key, sample.pings)
      const isUp = link.state === 'up'
      const about = `${lab.name} ${link.id}, as ${viewer} tells it`
      const excused = this.#isExcused(hosts, sample, isUp)
      this.#compared += works === undefined || excused ? 0 : 1
      if (this.#isSwept(hosts.slice(1), `up ${about}`)) this.#since.delete(`up ${about}`)
      this.#hold(`up ${about}`, !excused && isUp && works === false, sample, FALSE_UP_MS)
      this.#hold(`not up ${about}`, !excused && !isUp && works === true, sample, FALSE_DOWN_MS)
    }
  }

  /** True where all pings of a link are answered, false where none is though others of its segment are; undefined where it cannot be said. */
  #works(lab: ChaosLab, key: string, pings: Sample['pings']): boolean | undefined {
    const own = lab.links.get(key) ?? []
    if (own.length === 0 || own.some(({ id }) => !pings.has(id))) return undefined
    const answered = own.filter(({ id }) => pings.get(id)).length
    if (answered === own.length) return true
    if (answered > 0) return undefined
    const isAlone = own.length === 2
    // What has nobody left to talk to may itself be whole.
    const others = [...lab.links].filter(([other]) => other !== key && other.split(' ')[1]?.startsWith('sw:'))
    return isAlone || others.some(([, theirs]) => theirs.some(({ id }) => pings.get(id))) ? false : undefined
  }

  #isExcused(hosts: readonly string[], { fromMs, toMs }: Sample, isUp: boolean): boolean {
    return this.#harms().some((harm) => {
      if (harm.fromMs > toMs || harm.untilMs + GRACE_MS < fromMs) return false
      return (
        harm.hosts.some((host) => hosts.includes(host)) && (harm.isLasting || (!isUp && BLINDING.includes(harm.type)))
      )
    })
  }

  /** Whether all links of one of these hosts ended since it was seen first. */
  #isSwept(hosts: readonly string[], what: string): boolean {
    const since = this.#since.get(what)
    return (
      since !== undefined &&
      this.#harms().some(
        ({ type, fromMs, hosts: of }) =>
          SWEEPING.includes(type) && fromMs > since.fromMs && of.some((host) => hosts.includes(host)),
      )
    )
  }

  #hold(what: string, isFalse: boolean, sample: Sample, limitMs: number): void {
    const before = this.#since.get(what)
    if (!isFalse) {
      this.#since.delete(what)
      return
    }
    const since = { fromMs: before?.fromMs ?? sample.fromMs, samples: (before?.samples ?? 0) + 1 }
    this.#since.set(what, since)
    const lastedMs = sample.toMs - since.fromMs
    if (lastedMs > limitMs && since.samples > 2)
      this.#found.set(what, `${what}: false for ${(lastedMs / 1000).toFixed(1)} s until ${clock(sample.toMs)}`)
  }
}

interface Told {
  readonly sample: Sample
  readonly viewer: string
  readonly lab: ChaosLab
  readonly view: LabView
}

const hostsOf = ({ endpoints }: LabView['links'][number]): readonly string[] =>
  endpoints.flatMap(({ host }) => host || [])

const clock = (ms: number): string => new Date(performance.timeOrigin + ms).toISOString().slice(11, 23)

import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { Resource, WgPeer } from '#core/model/resource.ts'
import type { Condition } from '#core/paths/health.ts'
import type { Path, PathEffect, PathsConfig } from '#core/paths/paths.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Identity } from '#identity/index.ts'
import { readPathKeys } from '#identity/path-key.ts'
import type { Clock } from '#platform/clock.ts'
import type { openDatagrams } from '#platform/datagrams.ts'
import type { Exec } from '#platform/exec.ts'
import type { Logger } from '#platform/log.ts'
import type { PeerPathsView } from '../port.ts'
import { FormerEndpoints } from './former-endpoints.ts'
import { PATH_MARK } from './messages.ts'
import { ProbePort } from './probe-port.ts'
import { PathProbes } from './probes.ts'
import { TUNNEL_MARK, TunnelProbes } from './tunnel-probes.ts'
import { pathsView } from './view.ts'

export interface HostPathsOptions {
  readonly engine: Pick<Engine, 'self' | 'roster'>
  readonly identity: Pick<Identity, 'wireguard'>
  readonly clock: Clock
  readonly log: Logger
  readonly config: PathsConfig
  /** Of libp2p over TCP; probes use the same number over UDP. */
  readonly port: number
  /** Opens UDP sockets. */
  openDatagrams: typeof openDatagrams
  readonly drivers: readonly Driver[]
  readonly exec: Exec
  /** Everything this host must have, with the paths chosen now. */
  wanted(): readonly Resource[]
  /** What it had to have at the last look, and what that look found. */
  lastWanted(): readonly Resource[]
  seen(): readonly Resource[]
  count(code: string): void
  /** Asks for a look at the host. */
  trigger(): void
  /** Tells people. */
  tell(event: PathEvent): void
}

/** What people hear of paths. */
export interface PathEvent {
  readonly level: 'info' | 'warn'
  readonly code: 'PATH_SWITCHED' | 'PATH_DEGRADED' | 'PATH_GOOD'
  /** Name of the peer. */
  readonly about: string
  readonly message: string
}

const NOBODY: readonly RosterEntry[] = []

/** The paths from this host to others: probed, chosen, and WireGuard and the mesh led over the chosen one; and the tunnels over them. */
export class HostPaths {
  readonly probes: PathProbes
  readonly tunnels: TunnelProbes
  readonly #options: HostPathsOptions
  readonly #former = new FormerEndpoints()
  #ordered: { readonly from: readonly RosterEntry[]; readonly to: readonly RosterEntry[] } | undefined

  constructor(options: HostPathsOptions) {
    this.#options = options
    const port = new ProbePort((onMessage) => options.openDatagrams(options.port, onMessage))
    this.tunnels = new TunnelProbes({
      ...options,
      wanted: options.lastWanted,
      open: (onMessage) => port.listen(TUNNEL_MARK, onMessage),
    })
    this.probes = new PathProbes({
      ...options,
      self: options.engine.self,
      roster: () => options.engine.roster?.hosts ?? NOBODY,
      keys: () => readPathKeys(options.identity),
      open: (onMessage) => port.listen(PATH_MARK, onMessage),
      random: Math.random,
      onNews: (news) => this.#heard(news),
    })
  }

  start(): void {
    this.probes.start()
    this.tunnels.start()
  }

  stop(): void {
    this.probes.stop()
    this.tunnels.stop()
  }

  /** The hosts of the mesh, the addresses of each in the order they are to be tried. */
  roster(): readonly RosterEntry[] {
    const from = this.#options.engine.roster?.hosts ?? NOBODY
    if (this.#ordered?.from === from) return this.#ordered.to
    this.#former.take(from)
    const to = from.map((entry) =>
      entry.secondary !== undefined && this.probes.chosen(entry.id) === 'secondary'
        ? { ...entry, addresses: entry.secondary, secondary: entry.addresses }
        : entry,
    )
    this.#ordered = { from, to }
    return to
  }

  /** How this host reaches each other one. */
  view(): readonly PeerPathsView[] {
    const { engine, clock, seen } = this.#options
    return pathsView({ engine, probes: this.probes, seen: seen(), nowMs: clock.nowMs() })
  }

  /** The same, with what WireGuard says at this moment where it can be asked: the last look at the host may be a minute old. */
  async viewNow(): Promise<readonly PeerPathsView[]> {
    const { engine, clock, exec, drivers, log } = this.#options
    const driver = drivers.find(({ name }) => name === 'wireguard')
    try {
      const seen = await driver?.observe(exec, this.#options.seen())
      if (seen !== undefined) return pathsView({ engine, probes: this.probes, seen, nowMs: clock.nowMs() })
    } catch (error) {
      log.debug({ err: error }, 'WireGuard could not be asked')
    }
    return this.view()
  }

  /** Endpoints of addresses a peer had since this agent started, and has no more. */
  formerEndpoints(host: HostId): readonly string[] {
    this.roster()
    return this.#former.of(host)
  }

  #heard(news: Exclude<PathEffect, { type: 'probe' }>): void {
    const about = this.#options.engine.roster?.hosts.find(({ id }) => id === news.host)?.name ?? news.host
    if (news.type === 'switched') this.#switched(news, about)
    else this.#tell(conditionEvent(news, about))
  }

  #switched(news: Extract<PathEffect, { type: 'switched' }>, about: string): void {
    const { host, from, to, reason } = news
    this.#ordered = undefined
    void this.#move(host)
    this.#options.trigger()
    // That the primary turns out to work after a start is what everybody expects.
    if (from === undefined && to === 'primary') return
    const level = to === 'primary' ? 'info' : 'warn'
    this.#tell({ level, code: 'PATH_SWITCHED', about, message: `${about} is reached on its ${to} path: ${reason}` })
  }

  #tell(event: PathEvent): void {
    const { level, message, ...fields } = event
    this.#options.log[level](fields, message)
    this.#options.tell(event)
  }

  /** At once: a look at the whole host may take seconds where one of its tools is slow. The look that follows mends what fails here. */
  async #move(host: HostId): Promise<void> {
    const { engine, exec, drivers, wanted, log } = this.#options
    const key = engine.roster?.hosts.find(({ id }) => id === host)?.wgPublicKey
    const peer = wanted().find((one): one is WgPeer => one.kind === 'wg-peer' && one.publicKey === key)
    const driver = drivers.find((one) => peer !== undefined && one.owns(peer))
    if (peer === undefined || driver === undefined || peer.endpoint === '') return
    const op = { type: 'update', from: { ...peer, endpoint: '' }, to: peer, reason: 'another path was chosen' } as const
    try {
      for (const step of driver.steps([op])) for (const command of step.commands) await exec.run(command)
    } catch (error) {
      log.debug({ host, err: error }, 'the endpoint could not be moved at once')
    }
  }
}

const WORDS: Readonly<Record<Condition, string>> = {
  lost: 'gives no answer',
  degraded: 'loses packets',
  good: 'works again',
  unknown: 'is not known',
}

const conditionEvent = ({ path, to }: { readonly path: Path; readonly to: Condition }, about: string): PathEvent => ({
  ...(to === 'good' ? { level: 'info', code: 'PATH_GOOD' } : { level: 'warn', code: 'PATH_DEGRADED' }),
  about,
  message: `the ${path} path to ${about} ${WORDS[to]}`,
})

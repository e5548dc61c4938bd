import { isIPv6 } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { AgentPort, HostView } from '#agent/port.ts'
import { CONTENT_TYPE, type Metrics } from '#metrics/index.ts'

export interface MetricsDeps {
  readonly agent: AgentPort
  readonly metrics: Metrics
  /** Where this host is on the network, and others by the same configuration; undefined where it is not. */
  listener(): { readonly port: number; readonly isSecure: boolean } | undefined
}

/** A group of targets (prometheus.io/docs/prometheus/latest/http_sd). */
interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** Numbers for Prometheus, and where it finds those of all hosts. */
export function metricsRoutes(app: FastifyInstance, { agent, metrics, listener }: MetricsDeps): void {
  app.get('/metrics', async (_request, reply) => reply.type(CONTENT_TYPE).send(await metrics.scrape(agent)))
  app.get('/api/v1/sd', () => {
    const where = listener()
    return where === undefined ? [] : targets(agent, where)
  })
}

/** Tells every answer to the metrics, those that met no route too. */
export function measureRequests(app: FastifyInstance, { watch }: Pick<Metrics, 'watch'>): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request
    watch.request({ method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime })
    done()
  })
}

/** Hosts that are down are there as well: that they do not answer is what is to be seen. */
const targets = (agent: AgentPort, where: { readonly port: number; readonly isSecure: boolean }): TargetGroup[] => {
  const { meshId } = agent.self()
  return agent.hosts().flatMap((host) => {
    const [address] = host.addresses
    if (host.state === 'left' || address === undefined) return []
    const at = isIPv6(address) ? `[${address}]` : address
    return [{ targets: [`${at}:${where.port}`], labels: labelsOf(host, { meshId, isSecure: where.isSecure }) }]
  })
}

const labelsOf = (
  { name, id, role, state }: HostView,
  { meshId, isSecure }: { readonly meshId: string; readonly isSecure: boolean },
): TargetGroup['labels'] => ({
  __scheme__: isSecure ? 'https' : 'http',
  __meta_skein_host_id: id,
  __meta_skein_mesh: meshId,
  __meta_skein_role: role,
  __meta_skein_state: state,
  host: name,
})

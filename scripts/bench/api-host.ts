/**
 * Started by `api.ts`: one host with its whole agent but without tools, its API on 127.0.0.1, a large lab in its log, and besides a bare Fastify
 * route. Says where on its standard output; answers `cpu` on its standard input with the microseconds it has used.
 */
import { createInterface } from 'node:readline'
import Fastify from 'fastify'
import type { AgentPort, LabView } from '#agent/port.ts'
import { createApi } from '#api/index.ts'
import { labSample } from '#testing/lab-samples.ts'
import { until } from '#testing/skein-hosts.ts'
import { makeCoreHosts } from '../../node/integration/core-hosts.ts'

const NODES = 50

/** A ring with chords: two links for each node. */
const ring = () => {
  const names = Array.from({ length: NODES }, (_, at) => `r${at}`)
  const nodes = Object.fromEntries(names.map((name) => [name, {}]))
  const link = (at: number, step: number, side: number): [string, string] => [
    `r${at}:eth${side}`,
    `r${(at + step) % NODES}:eth${side + 1}`,
  ]
  return labSample({ name: 'ring', nodes, links: names.flatMap((_, at) => [link(at, 1, 1), link(at, 7, 3)]) })
}

/** With each look another link has changed: what a tab gets in the worst case. */
const restless = (agent: AgentPort): AgentPort => {
  let look = 0
  const change = (view: LabView): LabView => {
    look += 1
    const links = view.links.map((link, at) => (at === look % view.links.length ? { ...link, mtu: look } : link))
    return { ...view, links }
  }
  return { ...agent, labViews: () => agent.labViews().map(change) }
}

const {
  hosts: [host],
} = await makeCoreHosts(1)
if (host === undefined) throw new Error('there is no host')
const { agent } = host
const tokens: string[] = []
// One user gets a part of all tabs.
for (let at = 1; at <= 8; at += 1) {
  const name = `bench${at}`
  await agent.access.setUser(name, { role: 'viewer', password: 'a goose in flight' })
  const { token } = await until('a login', 30_000, () => agent.access.login({ name, password: 'a goose in flight' }))
  tokens.push(token)
}
await agent.submit(ring(), new Map())
await until('the lab is there', 30_000, async () => agent.lab('ring').nodes.every((node) => node.host !== null))
const api = createApi({
  agent: restless(agent),
  socketPath: `/tmp/skein-bench-${process.pid}.sock`,
  version: '0',
  network: { address: '127.0.0.1', port: 0, onTrouble: console.error },
})
await api.start()
const bare = Fastify()
bare.get('/bare', () => ({ status: 'ok' }))
const { port: barePort } = new URL(await bare.listen({ host: '127.0.0.1', port: 0 }))
console.log(JSON.stringify({ api: api.port, bare: Number(barePort), tokens }))
for await (const _line of createInterface({ input: process.stdin })) {
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ cpuUs: user + system, rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20) }))
}
process.exit(0)

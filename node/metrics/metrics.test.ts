import { describe, expect, it, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { labSample } from '#testing/lab-samples.ts'
import { createMetrics } from './index.ts'
import { LIMITS, METRICS, type MetricSpec } from './names.ts'
import type { Source } from './parts/part.ts'

const clock = (at = { ms: 0 }) => ({ at, nowMs: () => 5_000 + at.ms, monotonicMs: () => at.ms })

/** Values by line, as in `skein_labs{state="up"}`. */
const linesOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )

const scrape = async (source: Source) => linesOf(await createMetrics(clock()).scrape(source))

const withLab = async (): Promise<FakeAgent> => {
  const agent = createFakeAgent()
  const intent = labSample({ name: 'one', nodes: { r1: {}, r2: {} }, links: [['r1:eth1', 'r2:eth1']] })
  await agent.submit(intent, new Map())
  return agent
}

describe('what a scrape shows', () => {
  it('of the mesh, the log, the host and the pools', async () => {
    const lines = await scrape(createFakeAgent())
    const told = {
      'skein_agent_info{version="0.1.0",role="core",mesh="mesh1"}': 1,
      'skein_agent_codes_total{code="record.dropped.BAD_SIGNATURE"}': 2,
      'skein_mesh_hosts{state="alive"}': 1,
      'skein_mesh_hosts{state="suspect"}': 0,
      'skein_mesh_hosts{state="down"}': 1,
      'skein_mesh_peer_up{peer="a"}': 1,
      'skein_mesh_peer_up{peer="b"}': 0,
      'skein_mesh_rtt_seconds{peer="b"}': 0.0015,
      'skein_path_loss_ratio{peer="b",path="primary"}': 0.3,
      'skein_path_in_use{peer="b",path="secondary"}': 1,
      'skein_path_in_use{peer="b",path="primary"}': 0,
      'skein_tunnel_handshake_age_seconds{peer="b"}': 65,
      'skein_consensus_role{role="leader"}': 1,
      'skein_consensus_role{role="none"}': 0,
      skein_consensus_term: 3,
      skein_consensus_commit_index: 17,
      skein_consensus_has_leader: 1,
      skein_consensus_has_quorum: 1,
      'skein_reconcile_resources{state="wanted"}': 5,
      'skein_reconcile_troubles{doing="now"}': 1,
      'skein_reconcile_troubles{doing="again"}': 0,
      'skein_allocation_values{pool="vni",peer="",state="used"}': 7,
      'skein_allocation_values{pool="vni",peer="",state="free"}': 91,
      'skein_allocation_values{pool="vlan",peer="a",state="used"}': 3,
      skein_events_dropped_total: 0,
    }
    expect(Object.fromEntries(Object.keys(told).map((line) => [line, lines.get(line)]))).toEqual(told)
    expect(lines.has('skein_tunnel_handshake_age_seconds{peer="c"}'), 'what is not known is not shown').toBe(false)
  })

  it('of a host without the log: that it has none, and no numbers of it', async () => {
    const agent = createFakeAgent()
    const telemetry = () => ({ ...agent.telemetry(), log: null, pools: [] })
    const lines = await scrape({ ...agent, telemetry })
    expect(lines.get('skein_consensus_role{role="none"}')).toBe(1)
    expect([...lines.keys()].filter((line) => /_index|allocation/.test(line))).toEqual([])
  })

  it('of labs, and of their links on the hosts they end on', async () => {
    const agent = await withLab()
    const before = await scrape(agent)
    expect(before.get('skein_lab_state{lab="one",state="pending"}')).toBe(1)
    agent.bringUp('one')
    const lines = await scrape(agent)
    expect(lines.get('skein_labs{state="up"}')).toBe(1)
    expect(lines.get('skein_lab_nodes{lab="one",state="running"}')).toBe(2)
    expect(lines.get('skein_lab_links{lab="one",state="up"}')).toBe(1)
    const [link = ''] = agent.lab('one').links.map(({ id }) => id)
    const isHere = agent.lab('one').links[0]?.endpoints.some(({ host }) => host === 'a')
    expect(lines.get(`skein_link_up{lab="one",link="${link}"}`)).toBe(isHere ? 1 : undefined)
    const elsewhere = await scrape({ ...agent, self: () => ({ ...agent.self(), name: 'z' }) })
    expect([...elsewhere.keys()].filter((line) => line.startsWith('skein_link_'))).toEqual([])
  })

  it('no more lines than there may be; the others are counted', async () => {
    const agent = await withLab()
    agent.bringUp('one')
    const view = agent.lab('one')
    const [link] = view.links
    if (link === undefined) throw new Error('the sample has a link')
    const ends = link.endpoints.map((end) => ({ ...end, host: 'a' }))
    const links = Array.from({ length: LIMITS.linksPerLab + 7 }, (_, i) => ({ ...link, endpoints: ends, id: `l${i}` }))
    const labs = Array.from({ length: LIMITS.labs + 3 }, (_, i) => ({ ...view, name: `lab${i}`, links }))
    const lines = await scrape({ ...agent, labViews: () => labs })
    const of = (name: string) => [...lines.keys()].filter((line) => line.startsWith(`${name}{`)).length
    expect([of('skein_lab_state'), of('skein_link_up')]).toEqual([LIMITS.labs, LIMITS.linksPerHost])
    expect(lines.get('skein_left_out{of="labs"}')).toBe(3)
    expect(lines.get('skein_left_out{of="links"}')).toBe(labs.length * links.length - LIMITS.linksPerHost)
  })

  it('of what was measured: the newest of each pair whose source is here', async () => {
    const agent = createFakeAgent()
    const cell = { exercise: 1, test: 2, state: 'succeeded', atMs: 5_000, receivedBps: 8e9 } as const
    const cells = [
      { ...cell, source: 'a', destination: 'b', ratio: 0.5, verdict: 'bad' as const },
      { ...cell, source: 'b', destination: 'a' },
      { ...cell, source: 'one/r1:eth1', destination: 'b', receivedBps: 0 },
      { exercise: 1, test: 3, state: 'failed', atMs: 5_000, source: 'a', destination: 'c' } as const,
      { ...cell, source: 'a', destination: 'removed', ratio: 0.1, verdict: 'bad' as const },
      { ...cell, source: 'a', destination: 'gone/r1', ratio: 0.1, verdict: 'bad' as const },
    ]
    const iperf = { ...agent.iperf, matrix: () => ({ ends: [], cells }) }
    const far = Array.from({ length: LIMITS.pairs + 4 }, (_, i) => ({ name: `h${i}`, host: 'b' }))
    const view = { nodes: [{ name: 'r1', host: 'a' }, ...far], links: [], name: 'one', state: 'up' } as never
    const [known] = agent.hosts()
    if (known === undefined) throw new Error('the sample has a host')
    // As a host that was removed is listed.
    const hosts = () => [...agent.hosts(), { ...known, name: 'removed', state: 'left' as const }]
    const lines = await scrape({ ...agent, hosts, iperf, labViews: () => [view] })
    const told = Object.fromEntries([...lines].filter(([line]) => line.startsWith('skein_test_') && line.includes('{')))
    expect(told).toEqual({
      'skein_test_received_bytes_per_second{source="a",destination="b"}': 1e9,
      'skein_test_received_bytes_per_second{source="one/r1:eth1",destination="b"}': 0,
      'skein_test_baseline_ratio{source="a",destination="b"}': 0.5,
      'skein_test_measured_timestamp_seconds{source="a",destination="b"}': 5,
      'skein_test_measured_timestamp_seconds{source="one/r1:eth1",destination="b"}': 5,
    })
    const succeeded = agent.iperf.list().reduce((sum, { states }) => sum + states.succeeded, 0)
    expect(succeeded).toBeGreaterThan(0)
    expect(lines.get('skein_tests{state="succeeded"}')).toBe(succeeded)
    const many = far.map(({ name }) => ({ ...cell, source: 'a', destination: `one/${name}` }))
    const full = await scrape({
      ...agent,
      labViews: () => [view],
      iperf: { ...iperf, matrix: () => ({ ends: [], cells: many }) },
    })
    expect([...full.keys()].filter((line) => line.startsWith('skein_test_received')).length).toBe(LIMITS.pairs)
    expect(full.get('skein_test_pairs_left_out')).toBe(4)
  })

  it('what is gone no more', async () => {
    const time = clock()
    const metrics = createMetrics(time)
    const agent = await withLab()
    expect(await metrics.scrape(agent)).toContain('lab="one"')
    await agent.remove('one')
    time.at.ms = 2_000
    expect(await metrics.scrape(agent)).not.toContain('lab="one"')
  })

  it('the same text to all who ask within a second', async () => {
    const time = clock()
    const metrics = createMetrics(time)
    let asked = 0
    const agent = createFakeAgent()
    const counters = () => ({ asked: ++asked })
    for (const ms of [0, 400, 999]) {
      time.at.ms = ms
      await metrics.scrape({ ...agent, counters })
    }
    expect(asked).toBe(1)
    time.at.ms = 1_000
    expect(await metrics.scrape({ ...agent, counters })).toContain('code="asked"} 2')
  })

  it('all that can be read where a part cannot', async () => {
    const agent = createFakeAgent()
    agent.fail('leader', new MeshError('INTERNAL', 'no'))
    const lines = await scrape(agent)
    expect(lines.get('skein_scrape_failures_total{part="consensus"}')).toBe(1)
    expect(lines.get('skein_mesh_peer_up{peer="a"}')).toBe(1)
  })
})

const SPECS = Object.entries<MetricSpec>(METRICS)

test.each(SPECS)('%s is named as its kind and unit ask for', (name, { type, labels, help }) => {
  expect(name).toMatch(/^skein_[a-z]+(_[a-z]+)*$/)
  expect(name.endsWith('_total')).toBe(type === 'counter')
  if (type === 'histogram') expect(name).toMatch(/_seconds$/)
  expect(name).not.toMatch(/_(ms|milliseconds|mib|mb|percent|minutes|count|sum|bucket)(_|$)/)
  expect(
    labels.filter((label) => !/^[a-z]+$/.test(label) || ['host', 'instance', 'job', 'le'].includes(label)),
  ).toEqual([])
  expect(help).toMatch(/^[^|]+\.$/)
})

test('every metric is shown by somebody', async () => {
  const metrics = createMetrics(clock())
  const agent = await withLab()
  agent.bringUp('one')
  const here = (view: ReturnType<typeof agent.lab>) => ({
    ...view,
    links: view.links.map((link) => ({ ...link, endpoints: link.endpoints.map((end) => ({ ...end, host: 'a' })) })),
  })
  const has = { total: 2, limit: 8, promised: 1, free: 1 }
  const { watch } = metrics
  watch.lag(0.002)
  watch.pass({ ms: 30 })
  watch.request({ method: 'GET', route: '/v1/self', status: 200, ms: 2 })
  watch.command({ file: 'ip', args: [] }, 'ok', 4)
  const image = { kind: 'image', id: 'image/x', needs: [], name: 'x' } as never
  watch.op({ op: { type: 'create', to: image, reason: 'missing' }, ok: true, ms: 5 })
  watch.effect({ type: 'notice', level: 'info', code: 'ROLE', fields: { role: 'candidate' } })
  watch.effect({ type: 'send', to: 'b' as never, epoch: 1, message: { type: 'vote-reply', term: 1, granted: true } })
  watch.effect({ type: 'publish', draft: { kind: 'heartbeat', key: 'a', version: [], expiresAtMs: 0, body: null } })
  const text = await metrics.scrape({
    ...agent,
    leader: () => {
      throw new Error('for skein_scrape_failures_total')
    },
    hosts: () => agent.hosts().map((host) => ({ ...host, ageMs: 100, capacity: { cpus: has, memoryMiB: has } })),
    labViews: () => agent.labViews().map(here),
  })
  const shown = new Set([...linesOf(text).keys()].map((line) => line.replace(/\{.*/, '')))
  const consensus = (await scrape(agent)).keys()
  for (const line of consensus) shown.add(line.replace(/\{.*/, ''))
  const missing = SPECS.filter(([name, { type }]) => !shown.has(type === 'histogram' ? `${name}_count` : name))
  expect(missing.map(([name]) => name)).toEqual([])
})

import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const OPS = new URL('../../ops/', import.meta.url).pathname
const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'curl', 'jq', 'prometheus', 'promtool', 'nsenter']

const LAB = `
name: seen
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    a: { labels: { skein/host: pm1 } }
    b: { labels: { skein/host: pm2 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`

const answered = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) })
const valued = z.object({ value: z.tuple([z.number(), z.string()]) })
const ruled = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })),
  }),
})
const found = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({ labels: z.record(z.string(), z.string()), health: z.string(), scrapeUrl: z.string() }),
    ),
  }),
})
const board = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
})

/** What each panel of each dashboard asks for, with Grafana's variables put in. */
const panels = readdirSync(`${OPS}grafana`).flatMap((file) =>
  board.parse(JSON.parse(readFileSync(`${OPS}grafana/${file}`, 'utf8'))).panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      panel: `${file}: ${title}`,
      query: expr.replaceAll('$lab', 'seen').replaceAll('$host', 'pm1').replaceAll('$__rate_interval', '30s'),
    })),
  ),
)

describeReal('a real Prometheus', TOOLS, () => {
  const bed = testbed({ prefix: 'pm', hosts: 3, net: '10.69' })
  const skein = skeinHosts(bed)
  /** Prometheus runs on the third host. */
  const ask = async (path: string, fields: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const args = Object.entries(fields).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`])
    const { stdout } = await bed.run('pm3', ['curl', '-sS', '-G', `http://127.0.0.1:9090${path}`, ...args])
    return JSON.parse(stdout)
  }
  const query = async (text: string) => answered.parse(await ask('/api/v1/query', { query: text })).data.result
  const targets = async () => found.parse(await ask('/api/v1/targets')).data.activeTargets
  const rules = async () => ruled.parse(await ask('/api/v1/rules')).data.groups.flatMap((group) => group.rules)
  const isNumber = (line: unknown): boolean => valued.parse(line).value[1] !== 'NaN'
  const silent = async () => {
    const asked = await Promise.all(panels.map(async (one) => ({ ...one, lines: await query(one.query) })))
    return asked.filter(({ lines }) => !lines.some(isNumber))
  }

  beforeAll(async () => {
    await bed.up()
    await Promise.all([skein.makeMesh(), skein.loadImages()])
    await skein.labUp('pm1', LAB)
    // From the fourth on there is something to compare with.
    for (let count = 0; count < 4; count++) await skein.json('pm1', 'iperf', 'run', 'pm1', 'pm3', '--time', '1')
    await bed.spawn('pm3', [`${OPS}monitoring`, 'run', '--every', '1s'])
  })
  afterAll(() => bed.down())

  test('finds every host through one, by HTTPS and with its token, and scrapes them', async () => {
    const seen = await until('three hosts that answer', 60_000, async () => {
      const all = await targets()
      return all.filter(({ health }) => health === 'up').length === 3 && all
    })
    expect(seen.map(({ labels }) => labels.host).toSorted()).toEqual(['pm1', 'pm2', 'pm3'])
    expect(seen.map(({ scrapeUrl }) => scrapeUrl).toSorted()).toEqual(
      bed.hosts.map((host) => `https://${bed.address(host)}:8010/metrics`),
    )
  })

  test('who has no token gets nothing', async () => {
    const url = `https://${bed.address('pm1')}:8010`
    for (const path of ['/metrics', '/api/v1/sd']) {
      const { stdout } = await bed.run('pm3', ['curl', '-sk', '-o', '/dev/null', '-w', '%{http_code}', `${url}${path}`])
      expect({ path, status: stdout }).toEqual({ path, status: '401' })
    }
  })

  test('finds nothing to say against the names and the format', async () => {
    for (const host of bed.hosts) {
      const { stdout } = await bed.run(host, [
        'curl',
        '-sS',
        '--unix-socket',
        '/run/skein/skein.sock',
        'http://x/metrics',
      ])
      const said = await bed.run(host, ['promtool', 'check', 'metrics'], { stdin: stdout, okCodes: [0, 1, 3] })
      expect({ host, ...said }).toEqual({ host, code: 0, stdout: '', stderr: '' })
    }
  })

  test('passes the tests of the rules, and finds all of them well', async () => {
    await bed.run('pm3', ['promtool', 'test', 'rules', `${OPS}prometheus/skein.test.yml`])
    const all = await until('every rule was asked', 30_000, async () => {
      const each = await rules()
      return each.length > 0 && each.every(({ health }) => health !== 'unknown') && each
    })
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  test('has data for every panel of every dashboard', async () => {
    const left = await until('data for all panels', 60_000, async () => {
      const still = await silent()
      return still.length === 0 && still
    }).catch(silent)
    expect(left).toEqual([])
    expect(panels.length).toBeGreaterThan(40)
  })

  test('sees the link in its true state, from both of its ends', async () => {
    const [row] = z.array(valued).parse(await query('sum(skein_link_up{lab="seen"})'))
    expect(row?.value[1]).toBe('2')
  })

  test('sees a host that is no more, for it is still told of', async () => {
    await skein.killAgent('pm2')
    await until('nobody hears pm2', 60_000, async () => {
      const down = await query('peer:skein_mesh_peer_up:sum{peer="pm2"} == 0 and on () up{host="pm2"} == 0')
      return down.length > 0
    })
    await until('its alert waits', 30_000, async () => (await query('ALERTS{alertname="SkeinHostDown"}')).length > 0)
    expect((await targets()).map(({ labels }) => labels.host).toSorted()).toEqual(['pm1', 'pm2', 'pm3'])
  })

  test('a token of a scraper opens the numbers and nothing else, and nothing at all once monitoring is taken down', async () => {
    await bed.run('pm3', ['cp', '/etc/skein-monitoring/token', '/tmp/token'])
    const status = async (path: string): Promise<string> => {
      const curl = `curl -sk -o /dev/null -w '%{http_code}' -H @- https://${bed.address('pm1')}:8010${path}`
      const login = 'printf "authorization: Bearer %s" "$(cat /tmp/token)"'
      return (await bed.run('pm3', ['sh', '-c', `${login} | ${curl}`])).stdout
    }
    expect([await status('/metrics'), await status('/api/v1/sd'), await status('/v1/labs')]).toEqual([
      '200',
      '200',
      '403',
    ])
    await bed.run('pm3', [`${OPS}monitoring`, 'down'])
    await until('the token opens nothing', 30_000, async () => (await status('/metrics')) === '401')
    expect((await bed.run('pm3', ['ls', '/etc'])).stdout).not.toContain('skein-monitoring')
  })
})

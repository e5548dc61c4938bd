import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRaw } from '#api/contract/row.ts'
import { CONTRACT } from '#api/contract/rows/index.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const CA = '/var/lib/skein/identity/ca.crt'
const TAB = new URL('testdata/live-tab.mjs', import.meta.url).pathname
const USER = 'admin@localhost'
const PASSWORD = 'goose-feather-27'

/** What people who ran labs from one controller type, line by line; `$API`, the user and the hosts of the nodes are theirs to fill in. */
const CHEAT_SHEET = String.raw`
TOKEN=$(curl -s -X POST $API/auth/login \
  -H "Content-Type: application/x-www-form-urlencoded" \
  -d "username=$LOGIN&password=$PASSWORD" | jq -r '.access_token')
curl -s $API/agents -H "Authorization: Bearer $TOKEN" | jq -c '.[] | {name, address, status}'
LAB_ID=$(curl -s -X POST $API/labs \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"name": "test-lab"}' | jq -r '.id')
echo "lab $LAB_ID"
curl -s -X POST "$API/labs/$LAB_ID/import-yaml" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d "{\"content\": \"nodes:\n  r1:\n    kind: linux\n    image: alpine:latest\n    host: $FIRST\n  r2:\n    kind: linux\n    image: alpine:latest\n    host: $SECOND\nlinks:\n  - r1:\n      ifname: eth1\n      ipv4: 10.0.0.1/24\n    r2:\n      ifname: eth1\n      ipv4: 10.0.0.2/24\"}" | jq -c '{id, nodes, links}'
curl -s -X POST "$API/labs/$LAB_ID/up" -H "Authorization: Bearer $TOKEN" | jq -c '{action, status}'
curl -s "$API/labs/$LAB_ID/jobs" -H "Authorization: Bearer $TOKEN" | jq -c '.jobs[0] | {action}'
`

describeReal('the API as scripts know it', ['dockerd', 'ovs-vsctl', 'wg', 'curl', 'jq'], () => {
  const bed = testbed({ prefix: 'ap', hosts: 3, net: '10.64' })
  const hosts = skeinHosts(bed)
  const [first = '', second = '', asked = ''] = bed.hosts
  const apiOf = (host: string): string => `https://${bed.address(host)}:8010`
  let token = ''

  const curl = async (what: string, host = asked): Promise<unknown> => {
    const [method = 'GET', path = '/'] = what.split(' ')
    const argv = [
      'curl',
      '-s',
      '--max-time',
      '30',
      '--cacert',
      CA,
      '-X',
      method,
      '-H',
      `authorization: Bearer ${token}`,
    ]
    const { stdout } = await bed.run(asked, [...argv, `${apiOf(host)}${path}`])
    return stdout === '' ? undefined : JSON.parse(stdout)
  }
  const status = async (path: string, host: string): Promise<number> => {
    const argv = ['curl', '-s', '--max-time', '10', '--cacert', CA, '-o', '/dev/null', '-w', '%{http_code}']
    return Number((await bed.run(asked, [...argv, `${apiOf(host)}${path}`], { okCodes: [0, 7, 28, 35] })).stdout)
  }
  const tab = async (host: string, url: string, state: string, env: Readonly<Record<string, string>> = {}) => {
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const argv = ['env', ...words, process.execPath, TAB, url, 'test-lab', state, '90']
    const { stdout } = await bed.run(host, argv, { okCodes: [0, 1], timeoutMs: 120_000 })
    return JSON.parse(stdout)
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    const made = await hosts.skein(first, 'user', 'set', USER, '--role', 'admin', '--password', PASSWORD)
    expect(made, made.stderr).toMatchObject({ code: 0 })
    const login = ['-d', `username=${USER}&password=${PASSWORD}`, `${apiOf(asked)}/auth/login`]
    token = await until('the login works on the host asked', 60_000, async () => {
      const { stdout } = await bed.run(asked, ['curl', '-s', '--cacert', CA, ...login], { okCodes: [0, 7, 35] })
      return (JSON.parse(stdout) as { access_token?: string }).access_token
    })
  })
  afterAll(() => bed.down())

  test('the cheat sheet, typed against the host without nodes, works to the ping', async () => {
    const live = tab(asked, `wss://${bed.address(asked)}:8010/v1/live`, 'up', { SKEIN_TOKEN: token, SKEIN_CA: CA })
    const env = { API: apiOf(asked), LOGIN: USER, PASSWORD, FIRST: first, SECOND: second, CURL_CA_BUNDLE: CA }
    const words = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`)
    const said = await bed.run(asked, ['bash', '-c', [...words, CHEAT_SHEET].join('\n')], { timeoutMs: 60_000 })
    expect(
      said.stdout
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      ...bed.hosts.map((name) => JSON.stringify({ name, address: bed.address(name), status: 'online' })),
      'lab test-lab',
      '{"id":"test-lab","nodes":2,"links":1}',
      expect.stringMatching(/^\{"action":"up","status":"(?:queued|running|completed)"\}$/),
      '{"action":"up"}',
    ])
    const seen = await live
    expect(seen, JSON.stringify(seen)).toMatchObject({ gaps: 0, view: { lab: { state: 'up' } } })
    expect(seen).toMatchObject({ isSame: true })
    expect(seen.patches).toBeGreaterThan(0)
    expect(seen.states.at(-1)).toBe('up')
    expect(seen.links).toContain('up')
    await until('the job is done', 30_000, async () => {
      const { jobs } = (await curl('GET /labs/test-lab/jobs')) as { jobs: { status: string }[] }
      return jobs[0]?.status === 'completed'
    })
    const ping = ['ping', '-c3', '-W2', '10.0.0.2']
    const pinged = await hosts.skein(asked, 'lab', 'exec', 'test-lab', 'r1', '--', ...ping)
    expect(pinged, pinged.stdout).toMatchObject({ code: 0 })
  })

  test('a tab on the socket of the host sees what others are answered', async () => {
    const { view } = await tab(asked, 'ws+unix:/run/skein/skein.sock:/v1/live', 'up')
    expect(view.lab).toEqual(await curl('GET /v1/labs/test-lab'))
    expect(view.labs).toEqual(await curl('GET /v1/labs'))
    expect(view.quorum).toEqual({ hasMajority: true, seen: 3, total: 3 })
  })

  test('interfaces have their three names, and a tag changed by hand comes to light and is put right', async () => {
    const { mappings } = (await curl('GET /labs/test-lab/interface-mappings')) as {
      mappings: Record<string, unknown>[]
    }
    expect(mappings).toMatchObject([
      { node_name: 'r1', linux_interface: 'eth1', host: first, link_state: 'up' },
      { node_name: 'r2', linux_interface: 'eth1', host: second, link_state: 'up' },
    ])
    const [row] = mappings
    expect(await curl('GET /labs/test-lab/nodes/r1/interfaces')).toEqual({ mappings: [row], total: 1 })
    const tag = async () =>
      (await bed.run(first, ['ovs-vsctl', 'get', 'port', `${row?.ovs_port}`, 'tag'])).stdout.trim()
    expect(await tag()).toBe(`${row?.vlan_tag}`)
    await bed.run(first, ['ovs-vsctl', 'set', 'port', `${row?.ovs_port}`, 'tag=999'])
    await until('links are right again', 60_000, async () => {
      const answer = (await curl('POST /labs/test-lab/links/reconcile')) as { checked: number; valid: number }
      return answer.checked === 1 && answer.valid === 1 && (await tag()) === `${row?.vlan_tag}`
    })
  })

  test('a lab that is only written is known on every host', async () => {
    const body = ['-H', 'content-type: application/json', '-d', '{"name":"later"}', `${apiOf(first)}/labs`]
    await bed.run(asked, ['curl', '-s', '--cacert', CA, '-H', `authorization: Bearer ${token}`, ...body])
    for (const host of bed.hosts)
      await until(`${host} knows it`, 20_000, async () => {
        const lab = (await curl('GET /labs/later', host)) as { state?: string }
        return lab.state === 'draft'
      })
    await curl('DELETE /labs/later', second)
    await until('it is gone', 20_000, async () => ((await curl('GET /labs/later', first)) as { error?: string }).error)
  })

  test('real hosts answer as it is described', async () => {
    const exercise = await hosts.json<{
      id: number
      all: readonly { readonly id: number; readonly client: { readonly id: number } }[]
    }>(first, 'iperf', 'run', first, second, '--time', '1')
    const [measured] = exercise.all
    const machine = await hosts.json<{ id: number }>(first, 'iperf', 'agents', 'add', 'printer')
    await until(`${asked} knows it`, 20_000, async () =>
      ((await curl('GET /v1/agents')) as readonly { id: number }[]).some(({ id }) => id === machine.id),
    )
    const fill = (path: string): string =>
      path
        .replace('/tasks/:id', `/tasks/${measured?.client.id}`)
        .replace('/agents/:id', `/agents/${machine.id}`)
        .replace('/exercises/:id', `/exercises/${exercise.id}`)
        .replace(':test', `${measured?.id}`)
        .replace(':lab', 'test-lab')
        .replace(':node', 'r1')
        .replace(':host', first)
        .replace(':revision', '1')
        .replace(':kind/*', 'roster/mesh')
    const wrong: string[] = []
    for (const [route, { answer }] of CONTRACT) {
      const isPlain = route.startsWith('GET ') && !/saves\/:node|first-login|\/diff|snapshots/.test(route)
      if (answer === undefined || isRaw(answer) || !isPlain) continue
      const said = await curl(fill(route))
      const read = answer.safeParse(said)
      if (!read.success) wrong.push(`${route}: ${read.error.message} ${JSON.stringify(said).slice(0, 300)}`)
    }
    expect(wrong).toEqual([])
  })

  test('down takes it away, and what was written stays; a host without docker is not ready', async () => {
    expect(await curl('POST /labs/test-lab/down')).toMatchObject({ action: 'down' })
    await until(
      'it is down',
      60_000,
      async () => ((await curl('GET /labs/test-lab')) as { state: string }).state === 'draft',
    )
    expect(await curl('GET /labs/test-lab/jobs')).toMatchObject({ jobs: [{ action: 'down', status: 'completed' }, {}] })
    expect(await status('/readyz', second)).toBe(200)
    await bed.run(second, ['pkill', '-KILL', 'dockerd'])
    await until('it says so', 90_000, async () => (await status('/readyz', second)) === 503)
    expect(await status('/healthz', second)).toBe(200)
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { intruders } from './intruders.ts'

interface Lab {
  readonly state: string
  readonly nodes: readonly { name: string; host: string; state: string; error?: string }[]
}
interface Leader {
  readonly leader: string | null
  readonly term: number
  readonly ageMs: number | null
  readonly voters: readonly string[]
}

/** A chain of four, so that every host has a node. */
const CHAIN = `
name: chain
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { exec: ["ip addr add 10.0.0.1/24 dev eth1"] }
    b: { exec: ["ip addr add 10.0.0.2/24 dev eth1", "ip addr add 10.0.1.1/24 dev eth2"] }
    c: { exec: ["ip addr add 10.0.1.2/24 dev eth1"] }
    d: {}
  links:
    - endpoints: ["a:eth1", "b:eth1"]
    - endpoints: ["b:eth2", "c:eth1"]
    - endpoints: ["c:eth2", "d:eth1"]
`
/** A voter that is down this long is replaced; the configuration's default is ten minutes. */
const REPLACE_AFTER_S = 8
const TOOLS = ['dockerd', 'ovs-vsctl', 'wg']

describeReal('hosts are drained, stopped, lost and removed', TOOLS, () => {
  const bed = testbed({ prefix: 'r', hosts: 4, net: '10.88' })
  const hosts = skeinHosts(bed)
  const { look, count, stateOf, stop } = intruders(bed, hosts)
  const leader = (at: string) => hosts.json<Leader>(at, 'leader')
  const lab = (at: string) => hosts.json<Lab>(at, 'lab', 'show', 'chain')
  const nodesOn = async (at: string, host: string) =>
    (await lab(at)).nodes.filter((node) => node.host === host).map(({ name }) => name)
  const labUp = (at: string) => until('the lab is up', 90_000, async () => (await lab(at)).state === 'up')
  const reaches = (at: string, node: string, address: string) =>
    until(
      `${node} reaches ${address}`,
      60_000,
      async () => (await hosts.skein(at, 'lab', 'exec', 'chain', node, '--', 'ping', '-c1', '-W2', address)).code === 0,
    )
  const votersAre = (at: string, fits: (leader: Leader) => boolean) =>
    until('the voters', 60_000, async () => {
      const seen = await leader(at)
      return seen.leader !== null && fits(seen) && seen
    })
  const wgKeys = async (host: string) => (await bed.run(host, ['wg', 'show', 'all', 'peers'])).stdout
  const others = (...not: readonly string[]) => bed.hosts.filter((host) => !not.includes(host))

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.configure(`replace-voter-after-s: ${REPLACE_AFTER_S}\n`)
    await hosts.makeMesh()
    await votersAre('r1', ({ voters }) => voters.length === 3)
    await hosts.labUp('r1', CHAIN)
    await reaches('r1', 'a', '10.0.0.2')
  })
  afterAll(() => bed.down())

  test('a drained leader loses its nodes, leadership and vote; pings work; undrained it votes again', async () => {
    const before = await leader('r1')
    const name = before.leader ?? ''
    const [at = ''] = others(name)
    expect(before.ageMs).toBeGreaterThan(0)
    expect(await nodesOn(at, name)).not.toEqual([])
    const said = await hosts.skein(at, 'host', 'drain', name, '--timeout', '2m')
    expect(said, said.stderr).toMatchObject({ code: 0, stdout: `host ${name} is drained and empty\n` })
    expect(await nodesOn(at, name)).toEqual([])
    expect((await bed.run(name, ['docker', 'ps', '-q', '--filter', 'label=skein'])).stdout).toBe('')
    const after = await leader(at)
    expect(after.leader).not.toBe(name)
    expect(after.voters).toHaveLength(3)
    expect(after.voters).not.toContain(name)
    await labUp(at)
    await reaches(at, 'a', '10.0.0.2')
    await reaches(at, 'b', '10.0.1.2')
    expect((await hosts.skein(at, 'host', 'ls')).stdout).toContain('alive, drained')
    expect(await hosts.skein(name, 'host', 'undrain', name)).toMatchObject({ code: 0 })
    await until(
      'it is as before',
      10_000,
      async () => !(await hosts.skein(at, 'host', 'ls')).stdout.includes('drained'),
    )
  })

  test('SIGTERM of the leader: the next one leads within a second, and no answer is lost', async () => {
    const name = (await leader('r1')).leader ?? ''
    const [at = ''] = others(name)
    const reserve = async (owner: string): Promise<number> => {
      const request = { method: 'POST', path: '/v1/allocations', body: { pool: 'vni', owner } } as const
      const { stdout } = await bed.exec(at).run({ socket: '/run/skein/skein.sock', ...request, timeoutMs: 20_000 })
      return JSON.parse(stdout).values[0]
    }
    const given = new Map<string, number>()
    let longestMs = 0
    let isOver = false
    const caller = async (who: number): Promise<void> => {
      for (let at = 0; !isOver; at += 1) {
        const startMs = performance.now()
        given.set(`t/${who}/${at}`, await reserve(`t/${who}/${at}`))
        longestMs = Math.max(longestMs, performance.now() - startMs)
      }
    }
    const callers = [1, 2, 3].map(caller)
    await until('calls are answered', 20_000, async () => given.size > 30)
    longestMs = 0
    await stop(name)
    await until('another one leads', 10_000, async () => ![name, null].includes((await leader(at)).leader))
    const sofar = given.size
    await until('calls are answered again', 10_000, async () => given.size > sofar + 30)
    isOver = true
    await Promise.all(callers)
    console.info(`the longest wait of a caller while the leader stopped: ${Math.round(longestMs)} ms`)
    expect(longestMs).toBeLessThan(1_000)
    // A host shows what it has heard of the log, which may be a moment behind.
    await until('all that was answered is held', 5_000, async () => {
      const rows = await hosts.json<{ pool: string; value: number; owner: string }[]>(at, 'allocation', 'ls')
      const held = new Map(rows.filter(({ pool }) => pool === 'vni').map(({ owner, value }) => [owner, value]))
      return [...given].every(([owner, value]) => held.get(`user/${owner}`) === value)
    })
    expect(new Set(given.values()).size).toBe(given.size)
    await hosts.start(name)
    await until(`${name} is back`, 20_000, async () => (await stateOf(at, name)) === 'alive')
  })

  test('a voter that stays away is replaced', async () => {
    const seen = await votersAre('r1', ({ voters }) => voters.length === 3)
    const dead = seen.voters.find((host) => host !== seen.leader) ?? ''
    const [at = ''] = others(dead)
    await bed.kill(dead)
    const after = await votersAre(at, ({ voters }) => voters.length === 3 && !voters.includes(dead))
    expect(after.leader).toBe(seen.leader)
    await bed.boot(dead)
    await hosts.start(dead)
    await until(`${dead} is back`, 30_000, async () => (await stateOf(at, dead)) === 'alive')
    await labUp(at)
  })

  test('a removed host is refused everywhere within 5 s, knows it, and may only come back as another', async () => {
    const name = (await votersAre('r1', ({ voters }) => voters.length === 3)).voters.at(-1) ?? ''
    const [at = '', ...rest] = others(name)
    if ((await nodesOn(at, name)).length > 0) {
      const busy = await hosts.skein(at, 'host', 'remove', name)
      expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining('of chain') })
      expect(await hosts.skein(at, 'host', 'drain', name)).toMatchObject({ code: 0 })
    }
    const key = (await bed.run(name, ['wg', 'show', 'all', 'public-key'])).stdout.split(/\s+/)[1] ?? ''
    const oldId = (await look(at)).find((host) => host.name === name)?.id
    expect(await wgKeys(at)).toContain(key)
    await bed.run(name, ['cp', '-a', '/var/lib/skein', '/var/lib/skein-old'])
    expect(await hosts.skein(at, 'host', 'remove', name)).toMatchObject({ code: 0 })
    await until('refused everywhere', 5_000, async () => {
      const views = await Promise.all(
        [at, ...rest].map(async (host) => [await stateOf(host, name), await wgKeys(host)]),
      )
      return views.every(([state, keys]) => state === 'left' && !keys?.includes(key))
    })
    expect((await leader(at)).voters).not.toContain(name)
    await until('it knows', 5_000, async () => (await hosts.skein(name, 'host', 'ls')).stdout.includes('new token'))
    expect(await hosts.log(name)).toContain('HOST_REMOVED')
    await stop(name)
    await bed.run(name, ['sh', '-c', 'rm -rf /var/lib/skein/* && cp -a /var/lib/skein-old/. /var/lib/skein/'])
    // The first one that refuses it tells it why; then it asks nobody else.
    const refused = async () =>
      (await Promise.all([at, ...rest].map((host) => count(host, 'REMOVED_REFUSED')))).reduce((sum, one) => sum + one)
    const before = await refused()
    await hosts.start(name)
    await until('its old key is refused', 20_000, async () => (await refused()) > before)
    expect(await stateOf(at, name)).toBe('left')
    await until('it is told again', 20_000, async () =>
      (await hosts.skein(name, 'host', 'ls')).stdout.includes('new token'),
    )
    await stop(name)
    await bed.run(name, ['sh', '-c', 'rm -rf /var/lib/skein/* /var/lib/skein/.[!.]*'])
    const { token } = await hosts.json<{ token: string }>(at, 'token', 'create')
    await hosts.json(name, 'join', token, '--name', name, '--advertise', bed.address(name))
    await hosts.start(name)
    await until('it is back as another', 30_000, async () =>
      (await look(at)).some((host) => host.name === name && host.state === 'alive' && host.id !== oldId),
    )
  })
})

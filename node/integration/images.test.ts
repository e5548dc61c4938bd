import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FeedEvent } from '#core/model/feed.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const bed = testbed({ prefix: 'im', hosts: 3, net: '10.57' })
const all = skeinHosts(bed)
const [H1 = '', H2 = '', H3 = ''] = bed.hosts
const MIB = 1024 * 1024
const SPOOL = '/var/lib/skein/images'

interface Overlay {
  readonly name: string
  readonly overlayAddress: string
}

interface Shown {
  readonly state: string
  readonly nodes: readonly {
    readonly name: string
    readonly state: string
    readonly host?: string
    readonly doing?: string
  }[]
}

const lab = (name: string, image: string, hosts: readonly string[]): string =>
  [
    `name: ${name}`,
    'topology:',
    '  nodes:',
    ...hosts.map((host) => `    ${host}: { kind: linux, image: "${image}", host: ${host}, cmd: sleep infinity }`),
    '',
  ].join('\n')

const submit = async (host: string, topology: string) => {
  await bed.run(host, ['tee', '/tmp/lab.clab.yml'], { stdin: topology })
  return all.skein(host, 'lab', 'up', '/tmp/lab.clab.yml', '--timeout', '80s', '--json')
}
const down = async (name: string): Promise<void> => void (await all.json(H1, 'lab', 'down', name))

/** An image of busybox and random bytes, on one host alone; its id. */
const makeImage = async (host: string, name: string, mib: number): Promise<string> => {
  const made = await all.sh(
    host,
    `set -e; r=$(mktemp -d); mkdir $r/bin; cp "$(command -v busybox)" $r/bin/
     for tool in sh sleep sha256sum; do ln -s busybox $r/bin/$tool; done; head -c ${mib * MIB} /dev/urandom >$r/noise
     tar -C $r -c . | docker import - ${name}; rm -r $r`,
  )
  expect(made).toMatchObject({ code: 0 })
  return made.stdout.trim()
}
const idOf = async (host: string, name: string): Promise<string> =>
  (await all.sh(host, `docker image inspect -f '{{.Id}}' ${name}`)).stdout.trim()
const spooled = async (host: string): Promise<string> => (await all.sh(host, `find ${SPOOL} -type f`)).stdout.trim()
/** What a host told of this sort, the words in it. */
const told = async (host: string, code: string, words: string): Promise<string | undefined> => {
  const { stdout } = await all.skein(host, 'events', '--host', host, '--json')
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FeedEvent)
  return events.find((event) => event.code === code && event.message.includes(words))?.message
}
/** Slow enough for a test to come between. */
const slow = async (host: string): Promise<void> => {
  const rate = ['rate', '10mbit', 'burst', '128k', 'latency', '400ms']
  await bed.run(host, ['tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...rate])
}
const fast = async (host: string): Promise<void> =>
  void (await bed.run(host, ['tc', 'qdisc', 'del', 'dev', 'eth0', 'root']))
/** The largest part on its way to a host, in bytes. */
const part = async (host: string): Promise<number> => {
  const sizes = (await all.sh(host, `find ${SPOOL}/in -name '*.part' -printf '%s\\n'`)).stdout.trim().split('\n')
  return Math.max(0, ...sizes.map(Number))
}

describeReal('images from other hosts', ['dockerd', 'ovs-vsctl', 'wg', 'tc'], () => {
  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await all.makeMesh()
  }, 400_000)
  afterAll(() => bed.down(), 120_000)

  test('one host has it, and a lab over three comes up with the very same one', async () => {
    const id = await makeImage(H1, 'own/tool:1', 6)
    const said = await submit(H2, lab('same', 'own/tool:1', [H1, H2, H3]))
    expect(said).toMatchObject({ code: 0 })
    expect(await Promise.all(bed.hosts.map((host) => idOf(host, 'own/tool:1')))).toEqual([id, id, id])
    const noise = await Promise.all(
      bed.hosts.map((host) => all.sh(host, `docker exec clab-same-${host} sha256sum /noise`)),
    )
    expect(new Set(noise.map(({ stdout }) => stdout.slice(0, 64))).size).toBe(1)
    const rows = await all.json<readonly { id: string; hosts: readonly string[] }[]>(H3, 'image', 'ls')
    expect(rows).toMatchObject([{ id, hosts: [H1, H2, H3], others: [] }])
    await down('same')
  }, 170_000)

  test('it came inside WireGuard, from a port that is nowhere else, and that gives nothing to whoever asks', async () => {
    const listening = (await all.sh(H1, 'ss -Hltn "sport = :4802"')).stdout.trim().split(/\s+/)
    const [host] = (await all.json<readonly Overlay[]>(H1, 'host', 'ls')).filter(({ name }) => name === H1)
    expect(listening[3]).toBe(`${host?.overlayAddress}:4802`)
    for (const taker of [H2, H3]) expect(await told(taker, 'IMAGE_FETCHING', "mesh's own connection")).toBeUndefined()
    const ask = `curl -sS -m 10 -o /dev/null -w '%{http_code}' -H 'authorization: Bearer x' http://${listening[3]}/`
    expect((await all.sh(H2, ask)).stdout).toBe('404')
    // Its own programs, and lab nodes on it, come from no other host's address.
    const own = await all.sh(H1, ask)
    expect(own).toMatchObject({ code: expect.toSatisfy((code) => code === 52 || code === 56), stdout: '000' })
  })

  test('a transfer that is cut goes on where it was, from the host that has it', async () => {
    const mib = 20
    const id = await makeImage(H1, 'own/large:1', mib)
    await slow(H1)
    const up = submit(H2, lab('cut', 'own/large:1', [H2]))
    await until('some of it is there', 60_000, async () => (await part(H2)) > MIB)
    const shown = await all.json<Shown>(H2, 'lab', 'show', 'cut')
    expect(shown.nodes[0]?.doing).toMatch(new RegExp(`^image own/large:1: \\d+ of \\d+ MiB from ${H1}$`))
    await bed.cut(H1, H2)
    await until('it is given up for now', 60_000, async () => {
      const [node] = (await all.json<Shown>(H2, 'lab', 'show', 'cut')).nodes
      return node?.doing?.includes(`MiB from ${H1}`) !== true
    })
    const held = await part(H2)
    expect(held).toBeGreaterThan(MIB)
    expect(held).toBeLessThan(mib * MIB)
    await bed.heal()
    await fast(H1)
    expect(await up).toMatchObject({ code: 0 })
    expect(await idOf(H2, 'own/large:1')).toBe(id)
    const done = await told(H2, 'IMAGE_FETCHED', 'own/large:1')
    const [, came = '', before = ''] = /: (\d+) MiB, (\d+) MiB were here before$/.exec(done ?? '') ?? []
    // What was under way, and blocks of the archive, are more or less.
    expect(Number(came) + Number(before)).toBeGreaterThanOrEqual(mib)
    expect(Number(came)).toBeLessThanOrEqual(mib - Math.floor(held / MIB) + 8)
    await all.sh(H3, `mkdir -p ${SPOOL}/in/old; touch ${SPOOL}/in/old/part`)
    await down('cut')
    await until('what is old goes with the lab', 30_000, async () => (await spooled(H3)) === '')
  }, 170_000)

  test('where a firewall keeps the port shut it comes over the mesh, and what lies in the spool and is wrong is not loaded', async () => {
    const id = await makeImage(H1, 'own/bad:1', 4)
    const layers = (await all.sh(H1, `docker image inspect -f '{{join .RootFS.Layers "\\n"}}' own/bad:1`)).stdout
    const [layer = ''] = layers.trim().split('\n')
    const folder = `${SPOOL}/in/${id.replace('sha256:', '')}`
    await bed.run(H1, ['iptables', '-I', 'INPUT', '-p', 'tcp', '--dport', '4802', '-j', 'REJECT'])
    await bed.cut(H1, H3)
    const up = submit(H2, lab('bad', 'own/bad:1', [H3]))
    // What no lab wants there is taken away.
    await until('the host is to run it', 60_000, async () => {
      const [node] = (await all.json<Shown>(H3, 'lab', 'show', 'bad')).nodes
      return node?.host === H3
    })
    const said = await all.sh(H3, `mkdir -p ${folder}; echo not this >${folder}/${layer.replace('sha256:', '')}.part`)
    expect(said.code).toBe(0)
    await bed.heal()
    expect(await up).toMatchObject({ code: 0 })
    await bed.run(H1, ['iptables', '-D', 'INPUT', '-p', 'tcp', '--dport', '4802', '-j', 'REJECT'])
    expect(await idOf(H3, 'own/bad:1')).toBe(id)
    expect(await all.log(H3)).toContain('has another content')
    expect(await told(H3, 'IMAGE_FETCHING', "mesh's own connection")).toMatch(`from ${H1} over`)
    await down('bad')
  }, 120_000)

  test('a host that gives other bytes than it was asked for is told, and they are not loaded', async () => {
    const id = await makeImage(H1, 'own/lie:1', 16)
    await slow(H1)
    const up = submit(H2, lab('lie', 'own/lie:1', [H2]))
    await until('some of it is there', 60_000, async () => (await part(H2)) > MIB)
    // What was given before may still lie beside it.
    const own = `${SPOOL}/out/${id.replace('sha256:', '')}.*`
    const block = `largest=$(find ${own} -type f -size +8M); dd bs=1M count=1 conv=notrunc status=none`
    const lied = await all.sh(
      H1,
      `${block} skip=14 if="$largest" of=/tmp/truth && ${block} seek=14 if=/dev/zero of="$largest"`,
    )
    expect(lied).toMatchObject({ code: 0, stderr: '' })
    await fast(H1)
    const refused = await until('the lie is told', 60_000, () => told(H2, 'IMAGE_REFUSED', 'own/lie:1'))
    expect(refused).toContain('has another content')
    expect(await idOf(H2, 'own/lie:1')).toBe('')
    await all.sh(H1, `${block} seek=14 if=/tmp/truth of="$largest"`)
    expect(await up).toMatchObject({ code: 0 })
    expect(await idOf(H2, 'own/lie:1')).toBe(id)
    await down('lie')
  }, 170_000)

  test('what nobody has is told before anything starts, with all nodes', async () => {
    const said = await submit(H1, lab('gone', '127.0.0.1:1/no/such:1', [H1, H3]))
    expect(said.code).toBe(1)
    const failure = JSON.parse(said.stderr) as { error: string; details: { reasons: readonly string[] } }
    expect(failure).toMatchObject({
      error: 'IMAGE_MISSING',
      details: {
        reasons: [`image 127.0.0.1:1/no/such:1 (${H1}, ${H3}) is not on ${H1}, ${H3} and cannot be fetched there`],
      },
    })
    expect((await all.skein(H1, 'lab', 'show', 'gone')).code).toBe(1)
    await until('nothing is left of the others', 60_000, async () =>
      (await Promise.all(bed.hosts.map(spooled))).every((files) => files === ''),
    )
  }, 60_000)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { comparePositions, positionOf } from '#core/model/feed.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const LAB = `
name: feed
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { labels: { skein/host: v1 } }
    b: { labels: { skein/host: v2 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
      ipv4: ["10.0.0.1/24", "10.0.0.2/24"]
`
const LINK = 'a:eth1--b:eth1'
/** Told by the host that is asked, at once. */
const WISHES = ['LAB_SUBMITTED', 'LAB_REMOVED']
const API = 'curl -s --unix-socket /run/skein/skein.sock'

interface Event {
  readonly host: string
  readonly hostName: string
  readonly boot: number
  readonly seq: number
  readonly atMs: number
  readonly code: string
  readonly about?: string
  readonly message: string
}

const parse = (lines: string): readonly Event[] =>
  lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Event]))
const place = ({ hostName, boot, seq }: Event): string => `${hostName} ${boot}/${seq}`
/** Each event once, and those of one host in order, however many hosts there are. */
const expectInOrder = (events: readonly Event[]): void => {
  expect(new Set(events.map(place)).size).toBe(events.length)
  for (const name of new Set(events.map(({ hostName }) => hostName))) {
    const own = events.filter(({ hostName }) => hostName === name)
    expect(own).toEqual(own.toSorted((x, y) => comparePositions(positionOf(x), positionOf(y))))
  }
}

describeReal('what happens is told on every host', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'v', hosts: 3, net: '10.71' })
  const hosts = skeinHosts(bed)
  const sh = async (host: string, script: string) =>
    (await bed.run(host, ['sh', '-c', script], { timeoutMs: 60_000 })).stdout
  const list = async (host: string, ...args: readonly string[]): Promise<readonly Event[]> => {
    const said = await hosts.skein(host, 'events', '--limit', '1000', '--json', ...args)
    expect(said).toMatchObject({ code: 0 })
    return parse(said.stdout)
  }
  /** Follows in the background; what it wrote so far is read with the answer. */
  const follow = async (host: string, name: string) => {
    const main = new URL('../main.ts', import.meta.url).pathname
    const command = `exec '${process.execPath}' ${main} events --follow --json --limit 1 >/tmp/${name} 2>/tmp/${name}.err`
    const id = await bed.spawn(host, ['sh', '-c', command])
    await until('it follows', 20_000, async () => (await sh(host, `cat /tmp/${name}`)).includes('\n'))
    return {
      events: async () => parse(await sh(host, `cat /tmp/${name}`)),
      errors: () => sh(host, `cat /tmp/${name}.err`),
      stop: () => sh(host, `kill -INT ${id}`),
    }
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await sh('v1', `cat >/tmp/lab.clab.yml <<'END'\n${LAB}\nEND`)
    expect(await hosts.skein('v1', 'lab', 'up', '/tmp/lab.clab.yml', '--timeout', '90s')).toMatchObject({ code: 0 })
  })
  afterAll(() => bed.down())

  test('a lab that comes up normally breaks nothing and repairs nothing', async () => {
    await until('it is told up', 10_000, async () => (await list('v3')).some(({ code }) => code === 'LAB_UP'))
    const events = await list('v3', '--lab', 'feed')
    expect(events.map(({ hostName, code }) => `${hostName} ${code}`).toSorted()).toEqual([
      'v1 LAB_ASSIGNED',
      'v1 LAB_SUBMITTED',
      'v1 LAB_UP',
    ])
    expectInOrder(await list('v3'))
  })

  test('damage, its cause, the repair and the link, in order, on a host that has no part in it; told within 2 s', async () => {
    const there = await follow('v3', 'damage')
    const nic = (
      await sh('v1', "ip -o link | grep 'skein:nic:feed:a:eth1' | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/'")
    ).trim()
    const startMs = Number(await sh('v1', `date +%s%3N; ip link del ${nic}`))
    const told = await until('all is told', 20_000, async () => {
      const events = (await there.events()).filter(({ hostName }) => hostName === 'v1')
      return events.some(({ code }) => code === 'LINK_UP') ? events : undefined
    })
    console.info(told.map(({ code, atMs, message }) => `${atMs - startMs} ms: ${code} ${message}`).join('\n'))
    const order = ['LINK_BROKEN', 'REPAIRED', 'LINK_UP'].map((code) => told.findIndex((event) => event.code === code))
    expect(order).toEqual(order.toSorted((x, y) => x - y))
    const broken = told[order[0] ?? -1]
    expect(broken).toMatchObject({ about: LINK, message: expect.stringContaining('a:eth1 on v1') })
    expect((broken?.atMs ?? 0) - startMs).toBeLessThan(2_000)
    await there.stop()
  })

  test('an event is on another host within tens of milliseconds', async () => {
    const stamped = `${API} -N http://skein/v1/events/follow?lab=quick | while read -r line; do echo "$(date +%s%3N) $line"; done`
    await bed.spawn('v3', ['sh', '-c', `${stamped} >/tmp/quick`])
    const body = JSON.stringify({ topology: LAB.replace('name: feed', 'name: quick') })
    await sh('v2', `cat >/tmp/body <<'END'\n${body}\nEND`)
    const post = `${API} -H 'content-type: application/json' -d @/tmp/body http://skein/v1/labs`
    // Apart, so that none is gathered with the one before.
    await sh(
      'v2',
      `for i in $(seq 15); do ${post}; sleep 0.4; ${API} -X DELETE http://skein/v1/labs/quick; sleep 0.4; done`,
    )
    const ages = (await sh('v3', 'cat /tmp/quick')).split('\n').flatMap((line) => {
      const [, arrivedMs, json = ''] = /^(\d+) (.*)$/.exec(line) ?? []
      const { event } = JSON.parse(json === '' ? '{}' : json) as { event?: Event }
      return event !== undefined && WISHES.includes(event.code) ? [Number(arrivedMs) - event.atMs] : []
    })
    const sorted = ages.toSorted((x, y) => x - y)
    console.info(`ms until told elsewhere: ${sorted.join(' ')}`)
    expect(sorted.length).toBe(30)
    expect(sorted[14]).toBeLessThan(150)
  })

  test('a host that lost its power: what it told stays readable, that it is down is told; then it tells how it ended', async () => {
    const before = await until('v3 is read', 10_000, async () => {
      const own = (await list('v1', '--host', 'v3')).filter(({ hostName }) => hostName === 'v3')
      return own.length > 0 && own
    })
    await bed.kill('v3')
    await until('v3 is told down', 30_000, async () =>
      (await list('v1', '--host', 'v3')).some(({ code, about }) => code === 'HOST_DOWN' && about === 'v3'),
    )
    for (const host of ['v1', 'v2'])
      expect((await list(host)).filter(({ hostName }) => hostName === 'v3')).toEqual(before)
    await bed.boot('v3')
    await hosts.start('v3')
    const after = await until('v3 tells again', 20_000, async () => {
      const own = (await list('v2')).filter(({ hostName }) => hostName === 'v3')
      return own.length > before.length && own
    })
    expectInOrder(after)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after[before.length]).toMatchObject({
      code: 'AGENT_STARTED',
      seq: 1,
      message: expect.stringContaining('killed'),
    })
  })

  test('what was told behind a cut comes when it is healed, without a hole, once, in order', async () => {
    const there = await follow('v1', 'cut')
    await bed.cut('v2', 'v1')
    await bed.cut('v2', 'v3')
    await until('v2 is called down', 30_000, async () =>
      (await there.events()).some(({ code, about }) => code === 'HOST_DOWN' && about === 'v2'),
    )
    // All of it on v2, which may have called the others down by now as well.
    const body = JSON.stringify({ topology: LAB.replace('name: feed', 'name: other').replace('v1', 'v2') })
    await sh('v2', `cat >/tmp/body <<'END'\n${body}\nEND`)
    const post = `${API} -H 'content-type: application/json' -d @/tmp/body http://skein/v1/labs`
    await sh('v2', `for i in $(seq 30); do ${post}; ${API} -X DELETE http://skein/v1/labs/other; done`)
    const told = (await list('v2', '--lab', 'other')).map(place)
    expect(told.length).toBe(60)
    await bed.heal()
    const isThere = async () => {
      const events = await there.events()
      return told.every((one) => events.some((event) => place(event) === one)) && events
    }
    const events = await until('all of it is told here', 60_000, isThere)
    expectInOrder(events)
    const seqs = events.filter(({ hostName }) => hostName === 'v2').map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
    await there.stop()
  })

  test('who follows misses nothing while the agent is started again', async () => {
    const there = await follow('v1', 'again')
    const before = await there.events()
    await hosts.signalAgent('v1', 'TERM')
    await until('it notices', 20_000, async () => (await there.errors()).includes('does not answer'))
    const body = JSON.stringify({ topology: LAB.replace('name: feed', 'name: third').replace('v1', 'v3') })
    await sh('v3', `cat >/tmp/body <<'END'\n${body}\nEND`)
    const answer = await sh('v3', `${API} -H 'content-type: application/json' -d @/tmp/body http://skein/v1/labs`)
    expect(JSON.parse(answer)).toMatchObject({ lab: 'third' })
    await hosts.start('v1')
    const events = await until('it is told', 30_000, async () => {
      const all = await there.events()
      return all.some(({ code, about }) => code === 'LAB_SUBMITTED' && about === 'third') && all
    })
    expectInOrder(events)
    expect(events.length).toBeGreaterThan(before.length)
    const own = events.filter(({ hostName, code }) => hostName === 'v1' && code === 'AGENT_STARTED')
    expect(own.at(-1)?.message).toContain('after a stop')
    expect(await there.errors()).toContain('answers again')
    await there.stop()
  })
})

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

/** How long every processor is kept busy; longer runs are asked for by hand. */
const STARVE_MINUTES = Number(process.env.DETECT_STARVE_MINUTES ?? 1)
/** Endless loops in each host, far more than there are processors. */
const LOOPS = 4
const STOP_S = 25
/** Twice what it takes on a quiet machine: agents that run late themselves wait longer. What it takes, scripts/bench/detect.ts says. */
const KILLED_MS = 3_200
const SILENT_MS = 6_000

interface Host {
  readonly name: string
  readonly id: string
  readonly state: string
  readonly reason?: string
}
/** A change of mind that a host wrote into its log, on the one wall clock of this machine. */
interface Change {
  readonly by: string
  readonly about: string
  readonly to: string
  readonly reason: string
  readonly atMs: number
}

describeReal('who is there', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'o', hosts: 4, net: '10.74' })
  const hosts = skeinHosts(bed)
  const [one = '', two = '', three = '', four = ''] = bed.hosts
  const names = new Map<string, string>()
  let fromMs = 0

  const look = async (host: string): Promise<readonly Host[]> => {
    const { stdout } = await bed.exec(host).run({ socket: '/run/skein/skein.sock', method: 'GET', path: '/v1/hosts' })
    return JSON.parse(stdout) as Host[]
  }
  const seen = async (by: string, about: string) => (await look(by)).find(({ name }) => name === about)
  const whole = () =>
    until('every host hears every other', 60_000, async () => {
      const views = (await Promise.all(bed.hosts.map(look))).flat()
      return views.length === bed.hosts.length ** 2 && views.every((host) => host.state === 'alive' && !host.reason)
    })
  const changes = async (): Promise<readonly Change[]> => {
    const texts = await Promise.all(bed.hosts.map(async (by) => ({ by, log: await hosts.log(by) })))
    return texts.flatMap(({ by, log }) =>
      log
        .split('\n')
        .filter((line) => line.includes('"HOST_STATE"'))
        .map((line) => JSON.parse(line) as { host: string; to: string; reason: string; time: string })
        .map(({ host, to, reason, time }) => ({
          by,
          about: names.get(host) ?? host,
          to,
          reason,
          atMs: Date.parse(time),
        }))
        .filter(({ atMs }) => atMs >= fromMs),
    )
  }
  const downs = async () => (await changes()).filter(({ to }) => to === 'down')
  const slander = async (victim?: string) =>
    (await downs()).filter(({ by, about }) => about !== victim && by !== victim)
  /** Every other host calls it down; answers what they say of it and how long the last of them took. */
  const downEverywhere = (victim: string) =>
    until(`all call ${victim} down`, 20_000, async () => {
      const said = (await downs()).filter(({ about }) => about === victim)
      if (new Set(said.map(({ by }) => by)).size < bed.hosts.length - 1) return undefined
      return { reasons: said.map(({ reason }) => reason), ms: Math.max(...said.map(({ atMs }) => atMs)) - fromMs }
    })

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.makeMesh()
    for (const { id, name } of await look(one)) names.set(id, name)
    await whole()
    fromMs = Date.now()
  })
  afterEach(async () => {
    await bed.heal()
    await whole()
    fromMs = Date.now()
  })
  afterAll(() => bed.down())

  test('a killed agent is down at all others, in words, and nobody else is', async () => {
    await hosts.signalAgent(three, 'KILL')
    const { ms, reasons } = await downEverywhere(three)
    expect(ms).toBeLessThan(KILLED_MS)
    for (const reason of reasons)
      expect(reason).toMatch(/refuses new ones.*; \d of \d hosts asked ha(s|ve) lost it too/)
    expect((await seen(one, three))?.reason).toMatch('the agent does not run')
    await hosts.start(three)
    await whole()
    expect(await slander(three)).toEqual([])
  })

  test('a host that falls silent is down at all others, and calls them down late', async () => {
    fromMs = Date.now()
    await bed.cut(four)
    const { ms, reasons } = await downEverywhere(four)
    expect(ms).toBeLessThan(SILENT_MS)
    for (const reason of reasons)
      expect(reason).toMatch(/^silent for \d+ s; \d of \d hosts asked ha(s|ve) lost it too$/)
    expect((await downs()).filter(({ by }) => by === four)).toEqual([])
    expect(await slander(four)).toEqual([])
  })

  test(`a host stopped for ${STOP_S} s accuses nobody and is heard again within 5 s`, async () => {
    await hosts.signalAgent(two, 'STOP')
    await downEverywhere(two)
    await pause(STOP_S * 1_000)
    await hosts.signalAgent(two, 'CONT')
    await until('it is heard', 5_000, async () =>
      (await Promise.all([one, three, four].map((by) => seen(by, two)))).every((host) => host?.state === 'alive'),
    )
    await whole()
    expect((await downs()).filter(({ about }) => about !== two)).toEqual([])
  })

  test('a one-way cut is no verdict: both stay alive, heard through the others', async () => {
    await bed.cutOneWay(one, two)
    await until('each hears the other through others only', 30_000, async () =>
      [await seen(one, two), await seen(two, one)].every((host) => host?.reason === 'heard through other hosts only'),
    )
    await pause(10_000)
    expect(await changes()).toEqual([])
  })

  test(
    `no healthy host is called down in ${STARVE_MINUTES} min without a free processor`,
    async () => {
      const loops = await Promise.all(
        bed.hosts.flatMap((host) =>
          Array.from({ length: LOOPS }, async () => ({
            host,
            pid: await bed.spawn(host, ['sh', '-c', 'while :; do :; done']),
          })),
        ),
      )
      try {
        await pause(STARVE_MINUTES * 60_000)
      } finally {
        for (const { host, pid } of loops) await bed.run(host, ['kill', '-KILL', String(pid)])
      }
      const said = await changes()
      console.log(
        `${STARVE_MINUTES} min at full load: ${said.filter(({ to }) => to === 'suspect').length} times suspected, ${said.filter(({ to }) => to === 'down').length} times called down`,
      )
      expect(said.filter(({ to }) => to === 'down')).toEqual([])
    },
    (STARVE_MINUTES + 5) * 60_000,
  )
})

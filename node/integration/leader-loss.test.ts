import { afterAll, beforeAll, expect, test } from 'vitest'
import { pairLab } from '#testing/churn-labs.ts'
import { type AllocationRow, heldTwice, isOfLabs, notGiven, seenTags, seenVnis } from '#testing/churn-numbers.ts'
import type { Said } from '#testing/command-line.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

/** Labs brought up around the loss. LEADER_LOSS_LABS=50 takes some minutes longer. */
const LABS = Number(process.env.LEADER_LOSS_LABS ?? 12)
/** `lab up`s under way at once. */
const AT_ONCE = 4
/** The leader goes while this share of all is done. */
const LOST_AFTER = 0.3

interface Lab {
  readonly state: string
  readonly links: readonly { readonly endpoints: readonly { readonly node: string; readonly mac: string }[] }[]
}

describeReal('the leader is powered off while labs come up', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'e', hosts: 5, net: '10.91' })
  const hosts = skeinHosts(bed)
  const names = Array.from({ length: LABS }, (_, at) => `loss${at}`)
  let lost = ''
  let survivors: readonly string[] = []

  const hostOf = (list: readonly string[], at: number): string => list[at % list.length] ?? ''
  const up = (at: number): Promise<Said> =>
    hosts.skein(hostOf(survivors, at), 'lab', 'up', `/tmp/${names[at]}.clab.yml`, '--timeout', '120s', '--json')
  const leaderOf = async (host: string) => (await hosts.json<{ leader: string | null }>(host, 'leader')).leader
  const rowsOf = async (host: string): Promise<readonly AllocationRow[]> =>
    (await hosts.json<AllocationRow[]>(host, 'allocation', 'ls')).toSorted((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
    )
  /** Works through all numbers below `count`, some at once. */
  const each = async (count: number, work: (at: number) => Promise<void>): Promise<void> => {
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < count) await work(next++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await until('three voters', 30_000, async () => {
      return (await hosts.json<{ voters: string[] }>('e1', 'leader')).voters.length === 3
    })
    lost = await until('a leader', 20_000, async () => (await leaderOf('e1')) ?? undefined)
    survivors = bed.hosts.filter((host) => host !== lost)
    for (const [at, name] of names.entries()) {
      const pins = at % 3 === 2 ? undefined : ([hostOf(bed.hosts, at), hostOf(bed.hosts, at + 1)] as const)
      await bed.run(hostOf(survivors, at), ['tee', `/tmp/${name}.clab.yml`], { stdin: pairLab(name, pins) })
    }
  })
  afterAll(() => bed.down())

  const failed: number[] = []

  test(`of ${LABS} labs each comes up or says why, with the leader gone after the first ones`, async () => {
    let done = 0
    let off: Promise<void> | undefined
    await each(LABS, async (at) => {
      const said = await up(at)
      done += 1
      if (done >= LABS * LOST_AFTER) off ??= bed.kill(lost)
      if (said.code === 0) return
      failed.push(at)
      expect(said.code, said.stderr).toBe(1)
      const { error, message, hint } = JSON.parse(said.stderr) as Record<string, string>
      console.info(`${names[at]} did not come up: ${error}: ${message}`)
      for (const word of [error, message, hint]) expect(word, said.stderr).toMatch(/\w/)
    })
    await off
    const next = await until('another leads', 30_000, async () => {
      const leader = await leaderOf(survivors[0] ?? '')
      return leader !== null && leader !== lost && leader
    })
    console.info(`${LABS - failed.length} of ${LABS} came up; ${lost} led, ${next} does now`)
  }, 1_800_000)

  test('a second `up` of the same file finishes each, once the host is back', async () => {
    await bed.boot(lost)
    await hosts.start(lost)
    for (const host of survivors)
      await until(`${lost} is there for ${host}`, 30_000, async () => {
        const seen = await hosts.json<{ name: string; state: string }[]>(host, 'host', 'ls')
        return seen.find(({ name }) => name === lost)?.state === 'alive'
      })
    await each(failed.length, async (at) => {
      const said = await up(failed[at] ?? 0)
      expect(said, said.stderr).toMatchObject({ code: 0 })
    })
    for (const host of bed.hosts)
      await until(`${host} sees all ${LABS} labs up`, 120_000, async () => {
        const labs = await hosts.json<{ state: string }[]>(host, 'lab', 'ls')
        return labs.length === LABS && labs.every(({ state }) => state === 'up')
      })
  }, 1_800_000)

  test('no number is held twice, all hosts agree, and kernels and bridges have what the log gave', async () => {
    const [first = []] = await until('all hosts agree', 30_000, async () => {
      const views = await Promise.all(bed.hosts.map(rowsOf))
      return views.every((view) => JSON.stringify(view) === JSON.stringify(views[0])) && views
    })
    expect(heldTwice(first)).toEqual([])
    const seen = (await Promise.all(bed.hosts.flatMap((host) => [seenVnis(bed, host), seenTags(bed, host)]))).flat()
    expect(notGiven(first, seen)).toEqual([])
    const given = first.filter((row) => row.pool === 'vni' && isOfLabs(row))
    expect(new Set(seen.filter(({ pool }) => pool === 'vni').map(({ value }) => value))).toEqual(
      new Set(given.map(({ value }) => value)),
    )
    expect(given.length).toBeGreaterThanOrEqual(Math.floor((LABS * 2) / 3))
    for (const name of names) {
      const lab = await hosts.json<Lab>('e1', 'lab', 'show', name)
      for (const { node, mac } of lab.links.flatMap(({ endpoints }) => endpoints)) {
        const address = await hosts.skein('e1', 'lab', 'exec', name, node, '--', 'cat', '/sys/class/net/eth1/address')
        expect(address.stdout.trim(), `${node} of ${name}`).toBe(mac)
      }
      await until(`a reaches b in ${name}`, 60_000, async () => {
        const ping = ['ping', '-c', '1', '-W', '2', '10.0.0.2']
        return (await hosts.skein('e1', 'lab', 'exec', name, 'a', '--', ...ping)).code === 0
      })
    }
  }, 900_000)

  test('taken down, the labs leave no number behind', async () => {
    await each(LABS, async (at) => {
      expect(await hosts.skein(hostOf(bed.hosts, at), 'lab', 'down', names[at] ?? '')).toMatchObject({ code: 0 })
    })
    await until('nothing is held for a lab', 60_000, async () => !(await rowsOf('e2')).some(isOfLabs))
    // The last of them takes the management network with it.
    await until('kernels have none', 60_000, async () => {
      const seen = (await Promise.all(bed.hosts.map((host) => seenVnis(bed, host)))).flat()
      if (seen.length > 0) throw new Error(JSON.stringify(seen))
      return true
    })
  }, 900_000)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Expected, wrongs } from '#testing/chaos-expect.ts'
import { lookAt } from '#testing/chaos-eyes.ts'
import { type ChaosRun, runChaos } from '#testing/chaos-faults.ts'
import { Judge } from '#testing/chaos-judge.ts'
import { chaosLabs } from '#testing/chaos-labs.ts'
import { pingAll } from '#testing/chaos-pings.ts'
import { planChaos } from '#testing/chaos-plan.ts'
import { missingPlants, plant } from '#testing/chaos-plants.ts'
import { pingsOf, startChaosSampler, viewsOf } from '#testing/chaos-sampler.ts'
import { createLabUser } from '#testing/churn-labs.ts'
import { type AllocationRow, heldTwice } from '#testing/churn-numbers.ts'
import { useSecondNetwork } from '#testing/second-network.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { Random } from '../sim/random.ts'

/** Rounds are begun until this is over; scripts/chaos.sh sets all of these. */
const MINUTES = Number(process.env.CHAOS_MINUTES ?? 8)
const SEED = Number(process.env.CHAOS_SEED ?? 1)
/** Only this round, to see it again. */
const ROUND = process.env.CHAOS_ROUND === undefined ? undefined : Number(process.env.CHAOS_ROUND)
const HOSTS = Number(process.env.CHAOS_HOSTS ?? 3 + (SEED % 3))
const ROUND_S = Number(process.env.CHAOS_ROUND_S ?? 60)
/** Both ways of living must be seen. */
const HAS_TWO_NETWORKS = SEED % 2 === 0
/** From the end of the last harm until everything is as it was. */
const QUIET_MS = 90_000
/** An agent that has met all its peers may have so many more files open some minutes later: requests and tools under way. */
const MORE_FILES = 30
/** After these an agent is another process. */
const ENDING: readonly string[] = ['agent-killed', 'leader-killed', 'power-off']

describeReal('everything at once, then quiet', ['dockerd', 'ovs-vsctl', 'wg', 'wireguard-go'], () => {
  const bed = testbed({ prefix: 'x', hosts: HOSTS, net: '10.76' })
  const hosts = skeinHosts(bed)
  const { lasting, guest } = chaosLabs(bed.hosts)
  let notes: string[] = []
  const user = (lab: { readonly name: string; readonly text: string }) =>
    createLabUser({
      name: lab.name,
      hosts,
      random: new Random(SEED + 77),
      text: () => lab.text,
      note: (line) => void notes.push(`${clock()} ${line}`),
    })
  const visitor = user(guest)
  const known = new Map<string, { readonly pid: number; readonly files: number }>()
  const totals = { rounds: 0, harms: 0, compared: 0 }

  const expectedOf = async (): Promise<Expected> => {
    const [host = ''] = bed.hosts
    const names = [...lasting, ...(visitor.lab.fate === 'up' ? [guest] : [])]
    const labs = await viewsOf(bed, host, names)
    if (labs === undefined) throw new Error(`${host} does not tell its labs`)
    const rows = await hosts.json<{ name: string; overlayAddress: string }[]>(host, 'host', 'ls')
    return { labs, overlay: new Map(rows.map(({ name, overlayAddress }) => [name, overlayAddress])) }
  }
  /** All that is not as it must be, by our own eyes first and then as each host tells it. */
  const problems = async (): Promise<readonly string[]> => {
    const expected = await expectedOf()
    const labs = [...lasting, ...(visitor.lab.fate === 'up' ? [guest] : [])]
    const looks = await Promise.all(bed.hosts.map((host) => lookAt(bed, host)))
    const answers = await pingAll(bed, pingsOf(labs))
    const told = await Promise.all(bed.hosts.map(async (host) => [host, await viewsOf(bed, host, labs)] as const))
    return [
      ...wrongs(looks, expected),
      ...[...answers].filter(([, isAnswered]) => !isAnswered).map(([id]) => `no answer: ${id}`),
      ...told.flatMap(([host, views]) => (views ?? [undefined]).flatMap((view) => notUp(host, view))),
      ...(await leaked(labs.map(({ name }) => name))),
    ]
  }
  const leaked = async (labs: readonly string[]): Promise<readonly string[]> => {
    const [host = ''] = bed.hosts
    const rows = await hosts.json<AllocationRow[]>(host, 'allocation', 'ls')
    const isOwned = (owner: string): boolean =>
      owner.startsWith('host/') ||
      (owner.startsWith('mgmt/') && labs.length > 0) ||
      labs.includes(owner.split('/')[1] ?? '')
    const stray = rows.filter(({ owner }) => !isOwned(owner))
    return [...heldTwice(rows), ...stray.map(({ pool, value, owner }) => `${pool} ${value} is still held by ${owner}`)]
  }
  const quiet = async (): Promise<void> => {
    let last: readonly string[] = ['nothing could be looked at']
    await until('all is as it must be', QUIET_MS, async () => {
      last = await problems().catch((error: unknown) => [
        `cannot look: ${String(error)} ${String((error as Error).cause ?? '')}`,
      ])
      return last.length === 0
    }).catch(() => {
      throw new Error(`after ${QUIET_MS / 1000} s of quiet:\n  ${last.join('\n  ')}`)
    })
  }
  /** The same agent may open files as it meets its peers, but not more and more; and it ends only where it was made to. */
  const agents = async (run?: ChaosRun): Promise<void> => {
    for (const host of bed.hosts) {
      const [agent] = (await lookAt(bed, host)).agents
      const before = known.get(host)
      const wasEnded = run?.harms.some(({ type, hosts }) => ENDING.includes(type) && hosts.includes(host)) ?? true
      if (!wasEnded) expect(agent?.pid, `the agent of ${host} ended by itself`).toBe(before?.pid)
      if (agent?.pid === before?.pid)
        expect(agent?.files, `open files of the agent of ${host}`).toBeLessThan((before?.files ?? 0) + MORE_FILES)
      if (agent !== undefined) known.set(host, agent.pid === before?.pid ? before : agent)
    }
  }
  const settleGuest = async (): Promise<void> => {
    const [host = ''] = bed.hosts
    if (visitor.lab.fate !== 'unknown') return
    await until('the guest lab can be finished', QUIET_MS, async () => (await visitor.up(host))?.code === 0)
  }
  const tell = async (round: number, run: ChaosRun): Promise<string> => {
    const logs = await Promise.all(
      bed.hosts.map(async (host) => `--- ${host}\n${(await hosts.log(host)).split('\n').slice(-40).join('\n')}`),
    )
    const again = `again: scripts/chaos.sh --seed ${SEED} --round ${round} --hosts ${HOSTS} --round-s ${ROUND_S}`
    return [...run.steps, ...notes, ...logs, again].join('\n')
  }
  const play = async (round: number): Promise<void> => {
    notes = []
    await Promise.all(bed.hosts.map((host) => plant(bed, host)))
    const plan = planChaos({ seed: SEED, round, hosts: bed.hosts, seconds: ROUND_S })
    const startedAt = clock()
    const run = runChaos(hosts, plan)
    let isOver = false
    const over = (): boolean => isOver
    const judge = new Judge(lasting, () => run.harms)
    const watching = startChaosSampler(bed, lasting, judge, over)
    const visiting = visitor.run(over)
    try {
      await run.done.finally(() => {
        isOver = true
      })
      await Promise.all([watching, visiting])
      await bed.heal()
      for (const host of bed.hosts)
        await bed.run(host, [new URL('../../scripts/testbed.sh', import.meta.url).pathname, '_daemons'], {
          timeoutMs: 150_000,
        })
      const gone = (
        await Promise.all(
          bed.hosts.map(async (host) => (await missingPlants(bed, host)).map((what) => `${host}: ${what}`)),
        )
      ).flat()
      expect(gone, 'what other people had on these hosts and is gone').toEqual([])
      await settleGuest()
      const quietFrom = performance.now()
      await quiet()
      await agents(run)
      expect(judge.found, 'links told falsely').toEqual([])
      totals.rounds += 1
      totals.harms += run.harms.length
      totals.compared += judge.compared
      if (process.env.CHAOS_STEPS !== undefined) console.info([...run.steps, ...notes].join('\n'))
      console.info(
        `round ${round} from ${startedAt}: ${run.harms.length} harms, ${judge.compared} states held against pings, all well ${((performance.now() - quietFrom) / 1000).toFixed(1)} s after`,
      )
    } catch (error) {
      isOver = true
      await Promise.allSettled([watching, visiting, run.done])
      console.error(await tell(round, run))
      console.error(judge.found.join('\n'))
      throw error
    }
  }

  beforeAll(async () => {
    console.info(`seed ${SEED}, ${HOSTS} hosts, ${MINUTES} min`)
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    if (HAS_TWO_NETWORKS) await useSecondNetwork(bed)
    await hosts.makeMesh()
    for (const lab of lasting) {
      const said = await user(lab).up(bed.hosts[0] ?? '')
      expect(said, said?.stderr).toMatchObject({ code: 0 })
    }
    await quiet()
    await agents()
  })
  afterAll(() => (process.env.CHAOS_KEEP === undefined ? bed.down() : undefined))

  test(
    'what was harmed is whole again, nothing is left over, and nobody told an untruth',
    async () => {
      if (ROUND !== undefined) return play(ROUND)
      const endMs = performance.now() + MINUTES * 60_000
      for (let round = 0; performance.now() < endMs; round += 1) await play(round)
      console.info(
        `seed ${SEED}: ${totals.rounds} rounds, ${totals.harms} harms, ${totals.compared} states held against pings`,
      )
    },
    MINUTES * 60_000 + 600_000,
  )

  test('labs taken down, nothing of ours is left but what the mesh needs', async () => {
    const [host = ''] = bed.hosts
    const { overlay } = await expectedOf()
    for (const { name } of [...lasting, ...(visitor.lab.fate === 'up' ? [guest] : [])])
      expect(await hosts.skein(host, 'lab', 'down', name)).toMatchObject({ code: 0 })
    await until('hosts are bare', QUIET_MS, async () => {
      const looks = await Promise.all(bed.hosts.map((one) => lookAt(bed, one)))
      const left = [...wrongs(looks, { labs: [], overlay }), ...(await leaked([]))]
      if (left.length > 0) throw new Error(left.join('\n'))
      return true
    })
  }, 300_000)
})

const notUp = (
  host: string,
  view:
    | {
        readonly name: string
        readonly state: string
        readonly links: readonly { id: string; state: string; error?: string }[]
      }
    | undefined,
): readonly string[] => {
  if (view === undefined) return [`${host} does not tell its labs`]
  const links = view.links.filter(({ state }) => state !== 'up')
  return [
    ...(view.state === 'up' ? [] : [`${host} tells that ${view.name} is ${view.state}`]),
    ...links.map(({ id, state, error }) => `${host} tells that ${view.name} ${id} is ${state}: ${error ?? ''}`),
  ]
}

const clock = (): string => new Date().toISOString().slice(11, 23)

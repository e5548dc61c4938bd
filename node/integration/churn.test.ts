import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '#testing/churn-clients.ts'
import { runFaults } from '#testing/churn-faults.ts'
import { createLabUser } from '#testing/churn-labs.ts'
import {
  type AllocationRow,
  heldTwice,
  isOfLabs,
  Ledger,
  notGiven,
  seenTags,
  seenVnis,
} from '#testing/churn-numbers.ts'
import { planChurn } from '#testing/churn-plan.ts'
import { startSampler } from '#testing/churn-sampler.ts'
import { checkHistory, type Operation } from '#testing/linearizable.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { Random } from '../sim/random.ts'

/** How long hosts are killed and cut; scripts/churn.sh sets both. */
const MINUTES = Number(process.env.CHURN_MINUTES ?? 1.5)
const SEED = Number(process.env.CHURN_SEED ?? 1)
const CLIENTS = 10
/** Labs that come and go, and those that stay up from the beginning. */
const LABS = 3
const LASTING = 2
/** Longer than a run, so that a number seen with two owners was given twice. */
const REST_S = 86_400
/** Numbers of one pool, however the owner asks. */
const RULES = { restMs: REST_S * 1000, slackMs: 5_000 }
/** From the last repair until everything is as it was. */
const QUIET_MS = 180_000

interface Leader {
  readonly leader: string | null
  readonly term: number
  readonly voters: readonly string[]
}

describeReal('five hosts in a storm', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'c', hosts: 5, net: '10.90' })
  const hosts = skeinHosts(bed)
  const random = new Random(SEED)
  const history: Operation[] = []
  const ledger = new Ledger()
  const notes: string[] = []
  let steps: readonly string[] = []
  const users = Array.from({ length: LABS + LASTING }, (_, at) =>
    createLabUser({
      name: `${at < LABS ? 'guest' : 'lasting'}${at}`,
      hosts,
      random: new Random(SEED + 100 + at),
      note: (line) => void notes.push(line),
    }),
  )
  const clients = Array.from({ length: CLIENTS }, (_, at) =>
    createClient({ name: `client${at}`, bed, random: new Random(SEED + 200 + at), history }),
  )

  const leaders = () => Promise.all(bed.hosts.map((host) => hosts.json<Leader>(host, 'leader')))
  const rowsOf = async (host: string): Promise<readonly AllocationRow[]> =>
    (await hosts.json<AllocationRow[]>(host, 'allocation', 'ls')).toSorted((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
    )
  /** What all hosts say is given out, once they say the same. */
  const agreedRows = () =>
    until('all hosts agree on what is given out', QUIET_MS, async () => {
      const views = await Promise.all(bed.hosts.map(rowsOf))
      return views.every((view) => JSON.stringify(view) === JSON.stringify(views[0])) && views[0]
    })
  const allAlive = async (): Promise<boolean> => {
    const views = await Promise.all(bed.hosts.map((host) => hosts.json<{ state: string }[]>(host, 'host', 'ls')))
    return views.every((view) => view.length === bed.hosts.length && view.every(({ state }) => state === 'alive'))
  }
  /** Runs a check; where it fails, says how to see it again. */
  const told = async (check: () => Promise<void>): Promise<void> => {
    try {
      await check()
    } catch (error) {
      console.error([`CHURN_SEED=${SEED} CHURN_MINUTES=${MINUTES}`, ...steps, ...notes].join('\n'))
      throw error
    }
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await bed.run('c1', ['mkdir', '-p', '/etc/skein'])
    await bed.run('c1', ['tee', '/etc/skein/config.yaml'], { stdin: `rest-s: ${REST_S}\n` })
    await hosts.makeMesh()
  })
  afterAll(() => (process.env.CHURN_KEEP === undefined ? bed.down() : undefined))

  test(
    `for ${MINUTES} min hosts are killed and cut every 2 s, while labs come and go and clients reserve and free`,
    () =>
      told(async () => {
        const { voters } = await until('three voters', 60_000, async () => {
          const [one] = await leaders()
          return one?.voters.length === 3 && one
        })
        for (const user of users.slice(LABS)) expect(await user.up('c1')).toMatchObject({ code: 0 })
        const plan = planChurn({ seed: SEED, hosts: bed.hosts, voters, seconds: MINUTES * 60 })
        const faults = runFaults(hosts, plan)
        steps = faults.steps
        let isOver = false
        const over = (): boolean => isOver
        const sampler = startSampler(bed, ledger, over)
        const work = [...clients, ...users.slice(0, LABS)].map((one) => one.run(over))
        const all = Promise.all([...work, sampler])
        await Promise.race([faults.done, all])
        isOver = true
        await faults.done
        await all
        console.info(
          `seed ${SEED}: ${faults.count()} of ${plan.length} faults, ${history.length} calls, ${history.filter(({ result }) => result === null).length} of them without an answer, ${ledger.size} numbers seen`,
        )
        console.info(notes.join('\n'))
      }),
    MINUTES * 60_000 + 900_000,
  )

  test(
    'after it all hosts are alive, one leads, and all agree',
    () =>
      told(async () => {
        await bed.heal()
        await until('all are alive to all', QUIET_MS, allAlive)
        await until('all name one leader', QUIET_MS, async () => {
          const views = await leaders()
          return views[0]?.leader != null && new Set(views.map(({ leader, term }) => `${leader} ${term}`)).size === 1
        })
        ledger.note(await agreedRows())
      }),
    600_000,
  )

  test(
    'what clients were told is linearizable, and no number was given twice',
    () =>
      told(async () => {
        expect(history.filter(({ result }) => result !== null).length).toBeGreaterThan(MINUTES * 60)
        expect(checkHistory(history, RULES)).toEqual({ ok: true })
        expect(heldTwice(await rowsOf('c1'))).toEqual([])
        expect(ledger.givenTwice()).toEqual([])
      }),
    300_000,
  )

  test(
    'every finished `lab up` is still true, every other is finished by a second one, and what was taken down is gone',
    () =>
      told(async () => {
        const finished = users.filter(({ lab }) => lab.fate === 'up')
        expect(finished.length).toBeGreaterThanOrEqual(LASTING)
        for (const { lab } of finished)
          for (const host of bed.hosts)
            await until(`${lab.name} is up as ${host} sees it`, QUIET_MS, async () => {
              return (await hosts.json<{ state: string }>(host, 'lab', 'show', lab.name)).state === 'up'
            })
        for (const user of finished) await user.reaches(random.pick(bed.hosts))
        for (const { lab } of users.filter(({ lab: { fate } }) => fate === 'down'))
          for (const host of bed.hosts) expect((await hosts.skein(host, 'lab', 'show', lab.name)).code).toBe(1)
        for (const user of users.filter(({ lab }) => lab.fate === 'unknown')) {
          const said = await user.up(random.pick(bed.hosts))
          expect(said, said?.stderr).toMatchObject({ code: 0 })
          await user.reaches('c1')
        }
      }),
    900_000,
  )

  test(
    'kernels and bridges have what the log gave, and nothing else',
    () =>
      told(async () => {
        await until('reality is what the log says', QUIET_MS, async () => {
          const rows = await rowsOf('c1')
          const seen = (
            await Promise.all(bed.hosts.flatMap((host) => [seenVnis(bed, host), seenTags(bed, host)]))
          ).flat()
          ledger.note(
            seen.filter(({ pool }) => pool === 'vni').map(({ pool, value, owner }) => ({ pool, value, owner })),
          )
          const real = new Set(seen.filter(({ pool }) => pool === 'vni').map(({ value }) => value))
          const given = rows.filter((row) => row.pool === 'vni' && isOfLabs(row))
          const wrong = [...notGiven(rows, seen), ...given.filter(({ value }) => !real.has(Number(value)))]
          if (wrong.length > 0) throw new Error(JSON.stringify(wrong))
          return true
        })
        expect(ledger.givenTwice()).toEqual([])
      }),
    600_000,
  )

  test(
    'labs taken down and reservations freed, nothing is held that nobody owns',
    () =>
      told(async () => {
        const owners = [...new Set(history.flatMap(({ op }) => (op.type === 'list' ? [] : [op.owner])))]
        await Promise.all(clients.map((client, at) => client.freeAll(owners.filter((_, i) => i % CLIENTS === at))))
        expect(checkHistory(history, RULES)).toEqual({ ok: true })
        for (const user of users) {
          if (user.lab.fate === 'down') continue
          expect(await user.down(random.pick(bed.hosts))).toMatchObject({ code: 0 })
        }
        await until('only the hosts hold numbers', QUIET_MS, async () => {
          const left = (await agreedRows()).filter(({ owner }) => !owner.startsWith('host/'))
          if (left.length > 0) throw new Error(JSON.stringify(left))
          return true
        })
        for (const host of bed.hosts)
          await until(`${host} has no device of a lab`, QUIET_MS, async () => (await seenVnis(bed, host)).length === 0)
      }),
    900_000,
  )
})

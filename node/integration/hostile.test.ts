import { afterAll, beforeAll, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import type { HostileReport, HostileTask } from './hostile-client.ts'
import { DATA } from './intruders.ts'

const CLIENT = new URL('./hostile-client.ts', import.meta.url).pathname
const PASSWORD = 'nobody has seen this one'
/** What a tab may cost at most is far less; so much more would be a leak. */
const MAX_GROWTH_MIB = 300

/** Passwords, their hashes and private keys have these in them. */
const MARKS = ['$argon2', 'PRIVATE KEY']

describeReal('who means no good to the API of a host', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'uh', hosts: 1, net: '10.95' })
  const hosts = skeinHosts(bed)
  const [one = ''] = bed.hosts
  let secrets: readonly string[] = []
  const pid = async () => (await hosts.sh(one, "pgrep -f '[m]ain.ts run'")).stdout.trim()
  const tokenOf = async (role: string) =>
    (await hosts.json<{ token: string }>(one, 'apitoken', 'create', `the-${role}`, '--role', role)).token

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    const made = ['bootstrap', '--name', one, '--advertise', bed.address(one)]
    const { adminCode } = await hosts.json<{ adminCode: string }>(one, ...made)
    await hosts.start(one)
    await hosts.json(one, 'user', 'set', 'ann', '--role', 'admin', '--password', PASSWORD)
    const { token } = await hosts.json<{ token: string }>(one, 'token', 'create')
    const { stdout } = await hosts.sh(one, `cat ${DATA}/identity/*.key | grep -v -e -----`)
    const keys = stdout.split('\n').filter((line) => line.length > 20)
    expect(keys.length).toBeGreaterThan(2)
    secrets = [...MARKS, PASSWORD, adminCode, token, ...keys]
  })
  afterAll(() => bed.down())

  test('thousands of requests and sockets: it lives, answers no 500, keeps its secrets and its size', async () => {
    const [admin, token, before] = [await tokenOf('admin'), await tokenOf('operator'), await pid()]
    const task: HostileTask = {
      ...{ host: bed.address(one), port: 8010, ca: `${DATA}/identity/ca.crt`, token, admin },
      login: { username: 'ann', password: PASSWORD },
      ...{ count: 3_000, sockets: 200, seed: 1, pid: Number(before), secrets },
    }
    await until('it answers by HTTPS', 60_000, async () => {
      const { code } = await hosts.sh(one, `curl -sf --cacert ${task.ca} https://${task.host}:8010/healthz`)
      return code === 0
    })
    const stdin = JSON.stringify(task)
    const { stdout } = await bed.run(one, [process.execPath, CLIENT], { stdin, timeoutMs: 240_000 })
    const report: HostileReport = JSON.parse(stdout)
    console.info(`hostile: ${JSON.stringify(report)}`)
    expect(report).toMatchObject({ faults: [], slow: 40, tabs: 203 })
    expect(report.counts).toMatchObject({ 200: expect.any(Number), 400: expect.any(Number), 401: expect.any(Number) })
    expect(report.rssMiB.after - report.rssMiB.before).toBeLessThan(MAX_GROWTH_MIB)
    expect(await pid()).toBe(before)
    expect(await hosts.json(one, 'user', 'ls')).toContainEqual({ name: 'ann', role: 'admin' })
    const log = await hosts.log(one)
    expect([...secrets, admin, token].filter((secret) => log.includes(secret))).toEqual([])
  })
})

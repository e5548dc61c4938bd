import { useSecondNetwork } from '#testing/second-network.ts'
import { type SkeinHosts, until } from '#testing/skein-hosts.ts'
import { startTraffic } from './recover-traffic.ts'
import { median, option, withMesh } from './support.ts'

/**
 * Time without traffic after damage, by pings every 10 ms across two hosts, against what a user has without us, in the same run.
 *   node scripts/bench/recover.ts [--rounds 5]
 * For `docker restart` the rival is the fastest repair by hand there can be: a script that waits for the new process and plugs it in again.
 */
const rounds = option('rounds', 5)
const topology = `
name: bench
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { labels: { skein/host: b1 } }
    b: { labels: { skein/host: b2 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
      ipv4: ["10.0.0.1/24", "10.0.0.2/24"]
`
const TESTBED = new URL('../testbed.sh', import.meta.url).pathname

/** A container of its own on a bridge of its own, plugged in by hand; \`again\` does it after a restart. */
const BARE = `
plug() {
  P=$(docker inspect -f '{{.State.Pid}}' bare-$1)
  ip link add bare$1 type veth peer name eth1 address 02:00:00:00:09:0$2 netns $P
  ip link set bare$1 up
  nsenter -t $P -n sh -c "ip addr add 10.9.0.$2/24 dev eth1; ip link set eth1 up"
  ovs-vsctl --if-exists del-port bare$1; ovs-vsctl add-port bare bare$1
}
`
const BARE_UP = `${BARE}
ovs-vsctl --may-exist add-br bare -- set Bridge bare datapath_type=netdev
for c in 1 2; do docker run -d --name bare-$c --network none alpine:3 sleep 1000000; plug $c $c; done`
const BARE_RESTART = `${BARE} docker restart -t 0 bare-2; plug 2 2`

interface Row {
  readonly what: string
  readonly values: number[]
  readonly rival: number[] | string
  readonly aimMs?: number
  readonly unit: 'ms' | 'lost'
}

await withMesh(
  2,
  async (hosts) => {
    const { bed } = hosts
    const sh = async (host: string, script: string) =>
      (await bed.run(host, ['sh', '-c', script], { timeoutMs: 120_000 })).stdout.trim()
    const pidOf = (host: string, name: string) => sh(host, `docker inspect -f '{{.State.Pid}}' ${name}`)
    await hosts.labUp('b1', topology)
    await sh('b2', BARE_UP)
    const port = "$(ovs-vsctl --bare --columns=name find Port 'external_ids:skein=bench/b\\:eth1')"

    /** Time without traffic from node a to node b, while \`harm\` is done to host b2. */
    const outage = async (harm: () => Promise<unknown>) =>
      measure(await startTraffic(bed, 'b1', [await pidOf('b1', 'clab-bench-a'), '10.0.0.2']), harm)
    /** Between the two bare containers, both on b2. */
    const bareOutage = async (harm: () => Promise<unknown>) =>
      measure(await startTraffic(bed, 'b2', [await pidOf('b2', 'bare-1'), '10.9.0.2']), harm)

    const restart: Row = { what: 'docker restart', values: [], rival: [], aimMs: 2_000, unit: 'ms' }
    const deleted: Row = { what: 'port deleted', values: [], rival: 'never', unit: 'ms' }
    const switchd: Row = { what: 'ovs-vswitchd killed, started at once', values: [], rival: [], unit: 'ms' }
    const agent: Row = { what: 'agent kill -9 and start: pings lost', values: [], rival: '-', aimMs: 0, unit: 'lost' }
    const path: Row = { what: 'network in use cut, one of two', values: [], rival: 'never', unit: 'ms' }
    const power: Row = {
      what: 'power cut, from when dockerd answers',
      values: [],
      rival: 'never',
      aimMs: 10_000,
      unit: 'ms',
    }
    const keep = (row: Row, ours: number, theirs?: number): void => {
      row.values.push(ours)
      if (theirs !== undefined && typeof row.rival !== 'string') row.rival.push(theirs)
    }
    const KILL_SWITCHD =
      'kill -9 $(pidof ovs-vswitchd); ovs-vswitchd -vconsole:off --pidfile --detach --no-chdir --log-file'
    for (let round = 0; round < rounds; round += 1) {
      // A path that failed lately is not gone back to so soon: what is in use is cut, the other one next time.
      const inUse = (await sh('b2', 'wg show skw0 endpoints')).includes(bed.address('b1', 1)) ? 1 : 2
      keep(path, (await outage(() => bed.cutNetwork(inUse, 'b1', 'b2'))).longestMs)
      await bed.heal()
      keep(
        restart,
        (await outage(() => sh('b2', 'docker restart -t 0 clab-bench-b'))).longestMs,
        (await bareOutage(() => sh('b2', BARE_RESTART))).longestMs,
      )
      keep(deleted, (await outage(() => sh('b2', `ovs-vsctl del-port ${port}`))).longestMs)
      keep(
        switchd,
        (await outage(() => sh('b2', KILL_SWITCHD))).longestMs,
        (await bareOutage(() => sh('b2', KILL_SWITCHD))).longestMs,
      )
      const lost = await outage(async () => {
        await hosts.killAgent('b2')
        await hosts.start('b2')
      })
      keep(agent, lost.lost)
    }
    for (let round = 0; round < rounds; round += 1) keep(power, await reboot(hosts, await pidOf('b1', 'clab-bench-a')))
    print([restart, deleted, switchd, agent, path, power])
  },
  ({ bed }) => useSecondNetwork(bed),
)

async function measure(traffic: Awaited<ReturnType<typeof startTraffic>>, harm: () => Promise<unknown>) {
  await harm()
  await traffic.backAfter(Date.now(), 60_000)
  return traffic.stop()
}

/** Milliseconds from the first answer of b2's container engine to the first ping through the lab. */
async function reboot(hosts: SkeinHosts, pid: string): Promise<number> {
  const { bed } = hosts
  const traffic = await startTraffic(bed, 'b1', [pid, '10.0.0.2'])
  await bed.kill('b2')
  const offMs = Date.now()
  const answers = until('the container engine answers', 120_000, async () => {
    await bed.exec('b2').run({ socket: '/run/docker.sock', method: 'GET', path: '/_ping', timeoutMs: 1_000 })
    return Date.now()
  })
  await bed.boot('b2')
  await hosts.start('b2')
  const engineMs = await answers
  await traffic.backAfter(Date.now(), 120_000)
  const { answersMs } = await traffic.stop()
  return (answersMs.find((ms) => ms > offMs + 100) ?? Number.NaN) - engineMs
}

function print(rows: readonly Row[]): void {
  console.log(`rounds ${rounds}; two hosts; pings every 10 ms; \`${TESTBED.split('/').slice(-2).join('/')}\` hosts`)
  for (const { what, values, rival, aimMs, unit } of rows) {
    const shown = (value: number): string => (unit === 'ms' ? `${(value / 1000).toFixed(2)} s` : String(value))
    const [mid, worst] = [median(values), Math.max(...values)]
    const theirs = typeof rival === 'string' ? rival : shown(median(rival))
    const ratio = typeof rival === 'string' ? '' : `, ratio ${(mid / median(rival)).toFixed(2)}`
    const aim = aimMs === undefined ? '' : `, aim ${shown(aimMs)}: ${worst <= aimMs ? 'met' : 'missed'}`
    console.log(`${what.padEnd(40)} median ${shown(mid)}, worst ${shown(worst)}; without us ${theirs}${ratio}${aim}`)
  }
}

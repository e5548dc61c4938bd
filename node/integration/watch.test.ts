import { afterAll, beforeAll, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { deviceNames } from './faults-support.ts'

/** A sweep this rare repairs nothing in a test: only what was told can have. */
const CONFIG = 'sweep-s: 3600\n'
const LAB = `
name: watch
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { labels: { skein/host: w1 }, exec: ["ip addr add 10.0.0.1/24 dev eth1"] }
    b: { labels: { skein/host: w2 } }
    c: { labels: { skein/host: w1 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
      ipv4: ["10.0.0.1/24", "10.0.0.2/24"]
    - endpoints: ["a:eth2", "c:eth1"]
      ipv4: ["10.0.1.1/24", "10.0.1.2/24"]
`
const LIMIT_MS = 15_000

interface Harm {
  readonly what: string
  /** Run by sh in w1, with what `facts` found as variables. */
  readonly harm: string
  /** Fails while the damage lasts; a ping of both links is tried besides. */
  readonly whole?: string
}

const inA = 'docker exec clab-watch-a'
/** Without its flows a cable still switches: two links, one of them all here. */
const WIRED = 'test $(ovs-ofctl dump-flows skein0 | grep -c cookie=0x736b65696e) = 4'
const HARMS: readonly Harm[] = [
  { what: 'docker restart', harm: 'docker restart -t 0 clab-watch-a' },
  { what: 'docker kill', harm: 'docker kill clab-watch-a' },
  { what: 'docker pause', harm: 'docker pause clab-watch-a' },
  { what: 'docker rm -f', harm: 'docker rm -f clab-watch-a' },
  { what: 'host end deleted', harm: 'ip link del $NIC' },
  { what: 'host end down', harm: 'ip link set $NIC down' },
  { what: 'inner end down', harm: `${inA} ip link set eth1 down` },
  {
    what: 'inner MTU changed',
    harm: `${inA} ip link set eth1 mtu 700`,
    whole: `test $(${inA} cat /sys/class/net/eth1/mtu) -gt 1300`,
  },
  { what: 'inner address deleted', harm: `${inA} ip addr flush dev eth1` },
  { what: 'port deleted', harm: 'ovs-vsctl del-port $NIC' },
  {
    what: 'wrong tag',
    harm: 'ovs-vsctl set Port $NIC tag=4001',
    whole: 'test $(ovs-vsctl get Port $NIC tag) -lt 4000',
  },
  { what: 'vtep deleted', harm: 'ip link del $VTEP' },
  { what: 'vtep down', harm: 'ip link set $VTEP down' },
  {
    what: 'flood list emptied',
    harm: 'bridge fdb del 00:00:00:00:00:00 dev $VTEP dst $REMOTE',
    whole: 'bridge fdb show dev $VTEP | grep -q "^00:00:00:00:00:00.*$REMOTE"',
  },
  { what: 'flows deleted', harm: 'ovs-ofctl del-flows skein0' },
  {
    what: 'flow that drops added',
    harm: 'ovs-ofctl add-flow skein0 priority=9,ip,actions=drop; ovs-ofctl add-flow skein0 priority=9,arp,actions=drop',
  },
  { what: 'flows of cables deleted', harm: 'ovs-ofctl del-flows skein0 cookie=0x736b65696e/-1', whole: WIRED },
  { what: 'cables made to drop', harm: 'ovs-ofctl mod-flows skein0 cookie=0x736b65696e/-1,actions=drop' },
  { what: 'bridge deleted', harm: 'ovs-vsctl del-br skein0' },
  { what: 'WireGuard peer removed', harm: 'wg set skw0 peer "$PEER" remove' },
  { what: 'WireGuard interface down', harm: 'ip link set skw0 down' },
  { what: 'WireGuard interface deleted', harm: 'ip link del skw0' },
  { what: 'WireGuard address deleted', harm: 'ip addr flush dev skw0' },
  {
    what: 'ovs-vswitchd killed, started after 1 s',
    harm: 'kill -9 $(pidof ovs-vswitchd); sleep 1; setsid ovs-vswitchd --pidfile --detach --no-chdir -vconsole:off >/dev/null 2>&1',
    whole: WIRED,
  },
  {
    what: 'ovsdb-server killed, started after 1 s',
    harm: 'A=$(tr "\\0" " " </proc/$(pidof ovsdb-server)/cmdline); kill -9 $(pidof ovsdb-server); sleep 1; setsid $A >/dev/null 2>&1; ovs-vsctl --timeout=5 set Port $NIC tag=4002',
  },
  {
    what: 'dockerd killed, a container too, from when it answers again',
    harm: 'A=$(tr "\\0" " " </proc/$(pidof dockerd)/cmdline); kill -9 $(pidof dockerd); kill -9 $APID; sleep 1; setsid $A >/var/log/dockerd2.log 2>&1 </dev/null & until docker version; do sleep 0.1; done >/dev/null 2>&1',
  },
]

describeReal('damage by hand is repaired because it was told of', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'w', hosts: 2, net: '10.92' })
  const hosts = skeinHosts(bed)
  const sh = (script: string, host = 'w1') => hosts.sh(host, script)
  const works = async (script: string) => (await sh(script)).code === 0
  const PINGS = `${inA} ping -c 1 -W 1 10.0.0.2 && ${inA} ping -c 1 -W 1 10.0.1.2`
  const counters = async (): Promise<Record<string, number>> =>
    JSON.parse((await sh('curl -s --unix-socket /run/skein/skein.sock http://skein/v1/counters')).stdout)
  /** Names on w1 as the shell of a harm needs them. */
  const facts = async () => (await sh(deviceNames('watch'))).stdout
  const times: [string, number][] = []

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.configure(CONFIG)
    await hosts.makeMesh()
    await hosts.labUp('w1', LAB)
    await until('all links carry traffic', 60_000, () => works(PINGS))
  })
  afterAll(async () => {
    for (const [what, ms] of times) console.info(`${what}: ${(ms / 1000).toFixed(1)} s`)
    await bed.down()
  })

  test.each(HARMS)('$what', async ({ what, harm, whole = 'true' }) => {
    // What comes undone again and again within a second waits longer each time; here each harm counts alone.
    expect(await hosts.skein('w1', 'lab', 'reconcile', 'watch')).toMatchObject({ code: 0 })
    const known = await facts()
    await sh(`${known}\n${harm}`)
    const startMs = performance.now()
    const isWhole = () => works(`${known}\n(${whole}) && ${PINGS}`)
    await until(`${what} is repaired`, LIMIT_MS, isWhole).catch(async (error) => {
      console.info((await hosts.log('w1')).split('\n').slice(-25).join('\n'))
      throw error
    })
    times.push([what, performance.now() - startMs])
  })

  test('an idle host looks at nothing, and nothing is listened to twice', async () => {
    await until('quiet', 60_000, async () => {
      const before = await counters()
      await new Promise((resolve) => setTimeout(resolve, 6_000))
      return told(await counters()) === told(before)
    })
    const running = (await sh("ps -eo args | grep -cE '^(ip -o|bridge|ovsdb-client|ovs-ofctl).* monitor'")).stdout
    expect(Number(running)).toBe(6)
  })
})

const told = (counters: Readonly<Record<string, number>>): number =>
  Object.entries(counters).reduce((sum, [code, count]) => (code.startsWith('watch.') ? sum + count : sum), 0)

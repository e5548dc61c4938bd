import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LinkView } from '#agent/port.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { deviceNames } from './faults-support.ts'

/** A sweep this rare finds nothing in a test: only what was told of can be known. */
const CONFIG = 'sweep-s: 3600\n'
const LAB = `
name: truth
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { labels: { skein/host: g1 } }
    b: { labels: { skein/host: g2 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
      ipv4: ["10.0.0.1/24", "10.0.0.2/24"]
`
/** From the damage until the other host says what it is: what the product promises. */
const TOLD_MS = 2_000
const REPAIR_MS = 30_000

interface Damage {
  readonly what: string
  /** Run by sh in g1, with what `facts` found as variables. */
  readonly harm: string
  readonly cause: RegExp
}

const inA = 'nsenter -t $APID -n'
const DAMAGES: readonly Damage[] = [
  {
    what: 'wrong tag',
    harm: 'ovs-vsctl set Port $NIC tag=4001',
    cause: /^a:eth1 on g1: bridge port \S+: VLAN tag is 4001, \d+ is wanted$/,
  },
  { what: 'port deleted', harm: 'ovs-vsctl del-port $NIC', cause: /^a:eth1 on g1: bridge port \S+: missing$/ },
  {
    what: 'device deleted',
    harm: 'ip link del $NIC',
    cause: /^a:eth1 on g1: interface a:eth1, \S+ on the host: missing$/,
  },
  {
    what: 'inner end down',
    harm: `${inA} ip link set eth1 down`,
    cause: /^a:eth1 on g1: interface a:eth1, \S+ on the host: is down$/,
  },
  {
    what: 'host end down',
    harm: 'ip link set $NIC down',
    cause: /^a:eth1 on g1: interface a:eth1, \S+ on the host: .*down/,
  },
  { what: 'inner MTU changed', harm: `${inA} ip link set eth1 mtu 700`, cause: /MTU is 700, \d+ is wanted$/ },
  {
    what: 'inner MAC address changed',
    harm: `${inA} ip link set eth1 address 02:00:00:00:00:77`,
    cause: /MAC address is 02:00:00:00:00:77, \S+ is wanted$/,
  },
  { what: 'checksum offload changed', harm: `${inA} ethtool -K eth1 tx $OTHER`, cause: /checksum offload is/ },
  { what: 'tunnel end deleted', harm: 'ip link del $VTEP', cause: /^tunnel of \S+ on g1: tunnel device \S+: missing$/ },
  {
    what: 'tunnel end of another VNI',
    harm: 'ip link del $VTEP; ip link add $VTEP type vxlan id 99 local $LOCAL dstport $PORT nolearning; ip link set $VTEP alias "$ALIAS" up',
    cause: /^tunnel of \S+ on g1: tunnel device \S+: VNI is 99, \d+ is wanted$/,
  },
  {
    what: 'flood list emptied',
    harm: 'bridge fdb del 00:00:00:00:00:00 dev $VTEP dst $REMOTE',
    cause: /tunnel device \S+: floods to nothing, \S+ is wanted$/,
  },
  { what: 'WireGuard peer removed', harm: 'wg set skw0 peer "$PEER" remove', cause: /WireGuard peer g2: missing$/ },
  { what: 'WireGuard interface deleted', harm: 'ip link del skw0', cause: /on g1: WireGuard interface skw0: missing$/ },
  { what: 'flows deleted', harm: 'ovs-ofctl del-flows skein0', cause: /^a:eth1 on g1: bridge skein0: its flows were/ },
  {
    what: 'flow of one way deleted',
    harm: 'ovs-ofctl --strict del-flows skein0 priority=100,in_port=$OFPORT',
    cause: /^a:eth1 on g1: flows of a:eth1--b:eth1: none for what comes in by port \d+$/,
  },
  {
    what: 'flow of one way made to drop',
    harm: 'ovs-ofctl mod-flows skein0 in_port=$OFPORT,actions=drop',
    cause: /^a:eth1 on g1: flows of a:eth1--b:eth1: what comes in by port \d+ gets drop, output:\d+ is wanted$/,
  },
  {
    what: 'flow above those of the cable added',
    harm: 'ovs-ofctl add-flow skein0 priority=200,in_port=$OFPORT,actions=drop',
    cause: /^a:eth1 on g1: bridge skein0: its flows were changed$/,
  },
  {
    what: 'port given another number',
    harm: 'ovs-vsctl set Interface $NIC ofport_request=77',
    cause: /^a:eth1 on g1: bridge port \S+: port number is 77, \d+ is wanted$/,
  },
  {
    what: 'bridge made to wait for a controller',
    harm: 'ovs-vsctl set-fail-mode skein0 secure',
    cause: /^a:eth1 on g1: bridge skein0: fail_mode is secure, standalone is wanted$/,
  },
  {
    what: 'port made a trunk',
    harm: 'ovs-vsctl set Port $NIC vlan_mode=trunk',
    cause: /^a:eth1 on g1: bridge port \S+ has the VLAN mode trunk$/,
  },
  { what: 'bridge deleted', harm: 'ovs-vsctl del-br skein0', cause: /^a:eth1 on g1: bridge skein0: missing$/ },
  {
    what: 'container killed',
    harm: 'docker kill clab-truth-a',
    cause: /^node a on g1 (is stopped|cannot be started)$/,
  },
]

describeReal('the cause of damage is told on every host', ['dockerd', 'ovs-vsctl', 'wg', 'ethtool'], () => {
  const bed = testbed({ prefix: 'g', hosts: 2, net: '10.70' })
  const hosts = skeinHosts(bed, { agent: new URL('../testing/held-daemon.ts', import.meta.url).pathname })
  /** The link as another host than the damaged one has it. */
  const seen = async (host = 'g2'): Promise<LinkView> => {
    const url = 'curl -s --unix-socket /run/skein/skein.sock http://skein/v1/labs/truth/links'
    const [link]: LinkView[] = JSON.parse((await hosts.sh(host, url)).stdout)
    if (link === undefined) throw new Error('no link')
    return link
  }
  const isUp = async () => (await seen()).state === 'up'
  /** Names on g1 as the shell of a harm needs them. */
  const facts = async () => (await hosts.sh('g1', deviceNames('truth'))).stdout
  const times: [string, number, number][] = []

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.configure(CONFIG)
    await hosts.makeMesh()
    await hosts.labUp('g1', LAB)
    await until('the link is up', 30_000, isUp)
  })
  afterAll(async () => {
    for (const [what, toldMs, upMs] of times)
      console.info(
        `${what}: told after ${(toldMs / 1000).toFixed(1)} s, up ${(upMs / 1000).toFixed(1)} s after it may be mended`,
      )
    await bed.down()
  })

  test.each(DAMAGES)('$what', async ({ what, harm, cause }) => {
    const known = await facts()
    await hosts.sh('g1', 'touch /run/skein-held')
    await hosts.sh('g1', `${known}\n${harm}`)
    const harmedMs = performance.now()
    let last: LinkView | undefined
    await until(`${what} is told`, TOLD_MS + 15_000, async () => {
      last = await seen()
      return last.state === 'error' && cause.test(last.error ?? '')
    }).catch((error) => {
      throw new Error(`told: ${JSON.stringify(last)}`, { cause: error })
    })
    const toldMs = performance.now() - harmedMs
    expect(last?.doing).toMatch(/^(being mended|waits for .*|tried again after \d+ s.*)$/)
    await until('that it fails is told', 10_000, async () => {
      const { doing = '' } = await seen()
      return /^tried again after \d+ s/.test(doing)
    })
    await hosts.sh('g1', 'rm /run/skein-held')
    const freeMs = performance.now()
    await hosts.json('g2', 'lab', 'reconcile', 'truth', '--wait', '--timeout', '30s')
    await until(`${what} is mended`, REPAIR_MS, isUp)
    times.push([what, toldMs, performance.now() - freeMs])
    expect(toldMs).toBeLessThan(TOLD_MS)
  })

  test('WireGuard is cut between hosts that hear each other', async () => {
    await hosts.sh(
      'g1',
      "nft -f - <<'E'\ntable inet cut { chain in { type filter hook input priority 0; udp dport 51820 drop; }; }\nE",
    )
    await until('it is told', 15_000, async () => {
      const { state, error = '' } = await seen()
      return state === 'error' && /WireGuard peer g[12]: nothing comes back through the tunnel/.test(error)
    })
    await hosts.sh('g1', 'nft delete table inet cut')
    await until('it is up again', REPAIR_MS, isUp)
  })
})

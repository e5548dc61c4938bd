import { setTimeout as pause } from 'node:timers/promises'
import { SOCKET } from '#testing/command-line.ts'
import type { Arming, FaultMode, Met } from '#testing/faulty-doors.ts'
import { until } from '#testing/skein-hosts.ts'
import type { Testbed } from '#testing/testbed.ts'

/** The product's own entry. */
export const MAIN = new URL('../main.ts', import.meta.url).pathname
/** The agent of which one command can go wrong. */
export const FAULTY_AGENT = new URL('../testing/faulty-daemon.ts', import.meta.url).pathname
const ARMED = '/run/skein-fault.json'
const TRACE = '/run/skein-trace.jsonl'

/** What a test does to the faulty agent of one host. */
export const faultyAgent = (bed: Testbed, host: string) => {
  let id = 0
  const met = async (): Promise<readonly Met[]> => {
    const { stdout } = await bed.run(host, ['cat', TRACE], { okCodes: [0, 1] })
    const all = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Met]))
    return all.filter((one) => one.id === id)
  }
  const answers = async (): Promise<boolean> => {
    const asked = { socket: SOCKET, method: 'GET', path: '/v1/hosts', timeoutMs: 2_000 } as const
    return (await bed.exec(host).run(asked)).code === 200
  }
  return {
    /** From now on this fault is due; without one commands are only counted. */
    arm: async (fault?: Arming['fault']): Promise<void> => {
      id += 1
      const text = JSON.stringify({ id, ...(fault === undefined ? {} : { fault }) } satisfies Arming)
      await bed.run(host, ['sh', '-c', `cat >${ARMED}.new && mv ${ARMED}.new ${ARMED} && rm -f ${TRACE}`], {
        stdin: text,
      })
    },
    met,
    /** Whether the fault came, looked for until `isOver` says that nothing more comes. */
    struck: async (isOver: () => Promise<boolean>): Promise<boolean> => {
      for (;;) {
        const over = await isOver()
        if ((await met()).some((one) => one.struck !== undefined)) return true
        if (over) return false
        await pause(50)
      }
    },
    /** Starts the agent again after a fault that killed it. */
    revive: async (mode: FaultMode): Promise<void> => {
      if (mode !== 'kill-after' && mode !== 'kill-before') return
      const isRunning = ['pgrep', '-f', `${FAULTY_AGENT} run`]
      await until(
        'the agent is dead',
        10_000,
        async () => (await bed.run(host, isRunning, { okCodes: [0, 1] })).code === 1,
      )
      const start = `exec setsid --fork "$0" "$1" run >>/var/log/skein.log 2>&1 </dev/null`
      await bed.run(host, ['sh', '-c', start, process.execPath, FAULTY_AGENT])
      await until('the agent answers again', 90_000, answers)
    },
  }
}

/** Four nodes in a row over three hosts, two of them on y2; `b`: more keys of that one. Link k has the addresses `<net>.<k>.1` and `.2`. */
export const chainLab = ({
  name,
  net,
  b,
}: {
  readonly name: string
  readonly net: string
  readonly b: string
}): string => `
name: ${name}
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { labels: { skein/host: y1 } }
    b: { labels: { skein/host: y2 }, ${b} }
    c: { labels: { skein/host: y2 } }
    d: { labels: { skein/host: y3 } }
  links:
    - { endpoints: ["a:eth1", "b:eth1"], ipv4: ["${net}.1.1/24", "${net}.1.2/24"] }
    - { endpoints: ["b:eth2", "c:eth1"], ipv4: ["${net}.2.1/24", "${net}.2.2/24"] }
    - { endpoints: ["c:eth2", "d:eth1"], ipv4: ["${net}.3.1/24", "${net}.3.2/24"] }
`

/** Names of what a lab with the nodes a and b has on the host of a, as assignments of sh. */
export const deviceNames = (lab: string): string => `
NIC=$(ip -o link | grep 'skein:nic:${lab}:a:eth1' | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/')
echo "NIC=$NIC"
echo "OFPORT=$(ovs-vsctl get Interface $NIC ofport)"
VTEP=$(ip -o link show type vxlan | grep -v skein:vtep:_mgmt: | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/' | head -1)
echo "VTEP=$VTEP"
echo "ALIAS='$(cat /sys/class/net/$VTEP/ifalias)'"
echo "LOCAL=$(ip -d link show $VTEP | sed -n 's/.* local \\([0-9.]*\\) .*/\\1/p')"
echo "PORT=$(ip -d link show $VTEP | sed -n 's/.* dstport \\([0-9]*\\) .*/\\1/p')"
echo "REMOTE=$(bridge fdb show dev $VTEP | grep '^00:00:00:00:00:00' | sed 's/.*dst \\([0-9.]*\\).*/\\1/' | head -1)"
echo "PEER=$(wg show skw0 peers | head -1)"
APID=$(docker inspect -f '{{.State.Pid}}' clab-${lab}-a)
echo "APID=$APID"
nsenter -t $APID -n ethtool -k eth1 | grep -q '^tx-checksumming: on' && echo OTHER=off || echo OTHER=on`

/** Things of others on a host, some of which look like ours; run by sh. */
export const FOREIGN = `
docker network create -d macvlan foreign >/dev/null 2>&1
docker run -d --name foreign --network none --label clab-node-name=a --label containerlab=all alpine:3 sleep 100000 >/dev/null
docker create --name foreign-off --network none alpine:3 >/dev/null
ip link add foreign-v type veth peer name foreign-w
ip link add foreign-x type vxlan id 77 dstport 4790 local 127.0.0.1 remote 127.0.0.2
ovs-vsctl add-br foreign0 -- set Bridge foreign0 datapath_type=netdev -- add-port foreign0 foreign-v
ovs-vsctl add-port skein0 foreign-w tag=7
wireguard-go wgforeign >/dev/null 2>&1
true`

/** Tells of all that FOREIGN made, as it is now. */
export const FOREIGN_SEEN = `
docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | grep foreign | sort
docker network ls --format '{{.Name}}' | grep foreign
ovs-vsctl --format=csv --columns=name,tag list Port | grep foreign | sort
ovs-vsctl list-ports foreign0; ovs-vsctl list-ports skein0 | grep foreign
ip -br link | grep foreign | awk '{ print $1, $3 }' | sort
true`

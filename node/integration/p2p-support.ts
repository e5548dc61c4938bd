import { until } from '#testing/skein-hosts.ts'
import type { Testbed } from '#testing/testbed.ts'

/** One end of a link: the host, and a process in the network namespace of the lab node. */
export interface End {
  readonly host: string
  readonly pid: string
  readonly device: string
}

/** Who sends, in every frame: captures look for nothing else. */
const FROM = '020000000001'
const pad = (hex: string, bytes: number): string => hex.padEnd(bytes * 2, '5a')
const frame = (to: string, rest: string, bytes = 60): string => pad(`${to}${FROM}${rest}`, bytes)

/**
 * Whole frames in hex, by what they are. Reserved addresses: IEEE 802.1Q table 8-1; slow protocols 802.3 annex 57A; IS-IS ISO 10589 §8.4.8
 * over 802.2; two tags 802.1ad.
 */
export const FRAMES: Readonly<Record<string, string>> = {
  'spanning tree': frame('0180c2000000', '0026424203000000'),
  pause: frame('0180c2000001', '88080001'),
  LACP: frame('0180c2000002', '88090101'),
  '802.1X': frame('0180c2000003', '888e0101'),
  LLDP: frame('0180c200000e', '88cc0207'),
  'IS-IS': frame('0180c2000015', '00300505fefe0383'),
  CDP: frame('01000ccccccc', '0030aaaa0300000c2000'),
  'tagged unicast': frame('020000000002', '8100002a88b5', 64),
  'tagged with a priority': frame('020000000002', '8100e00188b5', 64),
  'two tags': frame('ffffffffffff', '88a80064' + '8100002a88b5', 68),
}

const SEND = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for frame in sys.stdin.read().split():
    s.send(bytes.fromhex(frame))
`

/** Sends these frames until the other end has seen as many; answers which of them did not arrive, byte for byte. */
export const lost = async (
  bed: Testbed,
  { from, to }: { from: End; to: End },
  frames: Readonly<Record<string, string>>,
) => {
  const wanted = Object.entries(frames)
  const dump = `timeout 10 nsenter -t ${to.pid} -n tcpdump -U -c ${wanted.length} -i ${to.device} -w - ether src ${FROM.replace(/..(?!$)/g, '$&:')}`
  const captured = bed.run(to.host, ['sh', '-c', `${dump} 2>/dev/null | od -An -v -tx1 | tr -d ' \\n'`], {
    timeoutMs: 30_000,
  })
  let isDone = false
  const done = captured.finally(() => {
    isDone = true
  })
  const send = ['nsenter', '-t', from.pid, '-n', 'python3', '-c', SEND, from.device]
  const stdin = wanted.map(([, bytes]) => bytes).join('\n')
  await until('the frames are seen', 20_000, async () => {
    await bed.run(from.host, send, { stdin })
    return isDone
  })
  const { stdout } = await done
  return wanted.filter(([, bytes]) => !stdout.includes(bytes)).map(([what]) => what)
}

/** The folder of a bond's own Open vSwitch. */
const bondFolder = (name: string): string => `/tmp/bond-${name}`

/** A bond of eth1 and eth2 in a namespace, by an Open vSwitch of its own: LACP without the kernel's. */
export const makeBond = async (
  bed: Testbed,
  { host, pid }: End,
  [name, one, other]: readonly [string, string, string],
) => {
  const dir = bondFolder(name)
  const script = `set -e
mkdir -p ${dir}; cd ${dir}; export OVS_RUNDIR=${dir} OVS_LOGDIR=${dir} OVS_DBDIR=${dir}
ovsdb-tool create conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server conf.db --remote=punix:${dir}/db.sock --pidfile=${dir}/db.pid --detach --no-chdir -vconsole:off
nsenter -t ${pid} -n ovs-vswitchd unix:${dir}/db.sock --unixctl=${dir}/ctl --pidfile=${dir}/switch.pid --detach --no-chdir -vconsole:off
ovs-vsctl --db=unix:${dir}/db.sock --timeout=20 add-br lb -- set Bridge lb datapath_type=netdev \\
  -- add-bond lb bond0 ${one} ${other} lacp=active -- set Port bond0 other_config:lacp-time=fast`
  await bed.run(host, ['sh', '-c', script], { timeoutMs: 60_000 })
}

/** Whether LACP came up on all of a bond. */
export const isNegotiated = async (bed: Testbed, { host }: End, name: string): Promise<boolean> => {
  const { stdout } = await bed.run(host, ['ovs-appctl', '-t', `${bondFolder(name)}/ctl`, 'lacp/show', 'bond0'])
  return /status: active negotiated/.test(stdout) && stdout.match(/: current attached/g)?.length === 2
}

/** Ends what {@link makeBond} started. */
export const endBond = async (bed: Testbed, { host }: End, name: string): Promise<void> => {
  const dir = bondFolder(name)
  await bed.run(host, ['sh', '-c', `kill $(cat ${dir}/switch.pid ${dir}/db.pid) 2>/dev/null; true`])
}

/** Mbit/s over TCP in some seconds, from one end to an address at the other. */
export const throughput = async (
  bed: Testbed,
  { from, to }: { from: End; to: End },
  address: string,
): Promise<number> => {
  await bed.spawn(to.host, ['nsenter', '-t', to.pid, '-n', 'iperf3', '-s', '-1'])
  await until('iperf3 listens', 10_000, async () =>
    (await bed.run(to.host, ['nsenter', '-t', to.pid, '-n', 'ss', '-Htln', 'sport = 5201'])).stdout.includes('5201'),
  )
  const client = [
    'nsenter',
    '-t',
    from.pid,
    '-n',
    'iperf3',
    '-c',
    address,
    '-t',
    '4',
    '-J',
    '--connect-timeout',
    '5000',
  ]
  const { stdout } = await bed.run(from.host, client, { timeoutMs: 30_000 })
  return JSON.parse(stdout).end.sum_received.bits_per_second / 1e6
}

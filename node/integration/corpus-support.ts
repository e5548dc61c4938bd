import { commandLine } from '#testing/command-line.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import type { Testbed } from '#testing/testbed.ts'

/** What `lab show` says of a lab, as far as these tests ask. */
export interface ShownLab {
  readonly state: string
  readonly notes: readonly string[]
  readonly nodes: readonly {
    readonly name: string
    readonly host: string
    readonly state: string
    readonly mgmt?: { readonly ipv4: string; readonly ipv6?: string }
  }[]
}

const FOLDERS = {
  fdc: new URL('../core/topology/testdata/bgp-frr', import.meta.url).pathname,
  frr01: new URL('./testdata/frr01', import.meta.url).pathname,
  '2-linux-nodes': new URL('../core/topology/testdata/linux-nodes', import.meta.url).pathname,
} as const
type PublicLab = keyof typeof FOLDERS

/** Public labs on the hosts of a testbed, the first of which takes them. */
export const publicLabs = (bed: Testbed) => {
  const [first = ''] = bed.hosts
  const hosts = skeinHosts(bed)
  const cli = commandLine(bed)
  const inNode = (lab: string, node: string, ...argv: readonly string[]) =>
    cli(first, 'lab', 'exec', lab, node, '--', ...argv)
  const show = async (lab: string): Promise<ShownLab> => {
    const said = await cli(first, 'lab', 'show', lab, '--json')
    if (said.code !== 0) throw new Error(said.stderr)
    return JSON.parse(said.stdout) as ShownLab
  }
  return {
    show,
    inNode,
    /** What a command that must not fail prints in a node. */
    read: async (lab: string, node: string, ...argv: readonly string[]): Promise<string> => {
      const said = await inNode(lab, node, ...argv)
      if (said.code !== 0) throw new Error(`${argv.join(' ')} in ${node}: ${said.stderr}${said.stdout}`)
      return said.stdout.trim()
    },
    /** Brings the lab up from an unchanged copy of its folder; answers what was told on the way and what is there then. */
    up: async (lab: PublicLab): Promise<ShownLab> => {
      await bed.run(first, ['sh', '-c', 'mkdir -p /tmp/public && cp -r "$0" /tmp/public/', FOLDERS[lab]])
      const said = await hosts.skein(first, 'lab', 'up', `/tmp/public/${folderName(lab)}`, '--timeout', '150s')
      if (said.code !== 0) throw new Error(`${lab} did not come up: ${said.stderr}`)
      return show(lab)
    },
    down: async (lab: PublicLab): Promise<void> => {
      const said = await hosts.skein(first, 'lab', 'down', `/tmp/public/${folderName(lab)}`, '--cleanup')
      if (said.code !== 0) throw new Error(`${lab} did not go: ${said.stderr}`)
    },
    pings: (lab: PublicLab, node: string, address: string, ...flags: readonly string[]) =>
      until(
        `${node} of ${lab} reaches ${address}`,
        120_000,
        async () => (await inNode(lab, node, 'ping', '-c', '1', '-W', '2', ...flags, address)).code === 0,
      ),
  }
}

const folderName = (lab: PublicLab): string => FOLDERS[lab].split('/').at(-1) ?? ''

/** By the tools themselves: containers, networks, devices, ports, flows, tables, names and files of ours on a host; empty where there is no trace. */
export const traces = async (bed: Testbed, host: string): Promise<string> => {
  const script = [
    'docker ps -aq',
    'docker network ls -q --filter type=custom',
    "ip -br link | grep -E '^sk[gnv]'",
    'ip -br link | grep l2eth',
    'ovs-vsctl list-ports skein0 2>/dev/null',
    'nft list tables 2>/dev/null | grep skein',
    'grep SKEIN /etc/hosts',
    'ls /var/lib/skein/labs 2>/dev/null',
    'ls -d /tmp/public/*/clab-* 2>/dev/null',
    'true',
  ]
  return (await bed.run(host, ['sh', '-c', script.join('; ')])).stdout.trim()
}

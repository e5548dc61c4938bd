import { describe, expect, it, test } from 'vitest'
import type { LabNode } from '../model/lab.ts'
import { readTopology, type TopologyResult } from './read.ts'

const read = (node: string, links = ''): TopologyResult =>
  readTopology({ text: `name: a\ntopology:\n  nodes:\n    r1: ${node}\n    r2: {kind: linux, image: x}\n${links}` })
const nodeOf = (...text: [node: string, links?: string]): LabNode => {
  const { problems, intent } = read(...text)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const node = intent?.nodes.find(({ name }) => name === 'r1')
  if (node === undefined) throw new Error('no node')
  return node
}
const links = (...ends: readonly string[]): string =>
  `  links:\n${ends.map((end, at) => `    - endpoints: ["r1:${end}", "r2:eth${at + 1}"]\n`).join('')}`

describe('a node of a vendor', () => {
  it('is a container with what its kind says, and its name as written', () => {
    expect(nodeOf('{kind: srl, image: x}')).toMatchObject({
      kind: 'linux',
      user: '0:0',
      env: { SRLINUX: '1' },
      cmd: ['sudo', '-E', 'bash', '-c', 'touch /.dockerenv && /opt/srlinux/bin/sr_linux'],
      sysctls: { 'net.ipv4.ip_forward': '0' },
      tmpfs: { '/run/netns': 'rw,nosuid,nodev,noexec' },
      software: { kind: 'srl', config: { path: '/etc/opt/srlinux/config.json' } },
    })
  })

  it('keeps what the file says', () => {
    const node = nodeOf(
      '{kind: ceos, image: x, privileged: false, user: "1", cmd: sleep 9, env: {INTFTYPE: et, MINE: 1}}',
    )
    expect(node).toMatchObject({
      privileged: false,
      user: '1',
      cmd: ['sleep', '9'],
      env: { INTFTYPE: 'et', CEOS: '1', MINE: '1' },
    })
  })

  it('hands all variables to the init of cEOS', () => {
    const [shell, , script] = nodeOf('{kind: ceos, image: x, env: {MINE: "a b"}}').cmd ?? []
    expect(shell).toBe('bash')
    expect(script).toMatch(/CLAB_INTFS.*; exec \/sbin\/init .*systemd\.setenv='CEOS=1'.* systemd\.setenv='MINE=a b'$/)
  })

  it('of vrnetlab is started with its account, its name and its sizes', () => {
    const node = nodeOf('{kind: vr-xrv9k, image: x, env: {PASSWORD: other}}')
    expect(node.cmd?.join(' ')).toBe('--username clab --password other --hostname r1 --connection-mode tc --trace')
    expect(node).toMatchObject({ env: { QEMU_MEMORY: '16384' }, software: { hasHealth: true } })
    expect(nodeOf('{kind: nokia_sros, image: x}').cmd?.at(-1)).toBe('sr-1')
    expect(nodeOf('{kind: nokia_sros, image: x, type: ixr-e}').cmd?.at(-1)).toBe('ixr-e')
  })

  test.each([
    ['srl', 'ethernet-1/3', 'e1-3'],
    ['nokia_srlinux', 'e1-1', 'e1-1'],
    ['ceos', 'Ethernet1/1', 'eth1_1'],
    ['arista_ceos', 'eth2', 'eth2'],
    ['xrd', 'GigabitEthernet0/0/0/3', 'Gi0-0-0-3'],
    ['crpd', 'eth1', 'eth1'],
    ['sonic-vs', 'Ethernet4', 'eth2'],
    ['juniper_vmx', 'ge-0/0/0', 'eth1'],
    ['cisco_csr1000v', 'GigabitEthernet2', 'eth1'],
  ])('%s: %s is %s inside', (kind, written, name) => {
    const { intent, problems } = read(`{kind: ${kind}, image: x}`, links(written))
    expect(problems).toEqual([])
    expect(intent?.links[0]?.endpoints.find(({ node }) => node === 'r1')?.interface).toBe(name)
  })

  it('is told where a name is none of its kind, or kept for management', () => {
    const messages = (kind: string, end: string) =>
      read(`{kind: ${kind}, image: x}`, links(end)).problems.map(({ message }) => message)
    expect(messages('srl', 'eth1')).toEqual([expect.stringContaining('is none of kind `srl`')])
    expect(messages('srl', 'mgmt0')).toEqual([expect.stringContaining('start links at `e1-1`')])
    expect(messages('xrd', 'eth0')).toEqual([expect.stringContaining('start links at `Gi0-0-0-0`')])
  })

  it('XRd gets a list of its interfaces', () => {
    const { env } = nodeOf('{kind: xrd, image: x}', links('Gi0-0-0-0', 'Gi0-0-0-1'))
    expect(env.XR_INTERFACES).toBe('linux:Gi0-0-0-0,xr_name=Gi0/0/0/0;linux:Gi0-0-0-1,xr_name=Gi0/0/0/1;')
    expect(nodeOf('{kind: xrd, image: x, env: {XR_INTERFACES: mine}}').env.XR_INTERFACES).toBe('mine')
  })
})

describe('a startup configuration', () => {
  it('that the file does not name is the kind’s own, once for all nodes', () => {
    const { intent, inlineFiles } = readTopology({
      text: 'name: a\nnodes:\n  r1: {kind: ceos, image: x}\n  r2: {kind: ceos, image: x}\n',
    })
    expect(intent?.nodes.map(({ startupConfig }) => startupConfig)).toEqual(
      Array(2).fill('.skein/kinds/arista_ceos.cfg'),
    )
    expect(inlineFiles).toEqual([{ path: '.skein/kinds/arista_ceos.cfg', text: expect.stringContaining('hostname') }])
  })

  it('may be at an address', () => {
    const { bindSources, intent } = read('{kind: ceos, image: x, startup-config: "https://example.com/a/r1.cfg?raw=1"}')
    expect(bindSources).toMatchObject([{ path: '.skein/url/r1/r1.cfg', from: 'https://example.com/a/r1.cfg?raw=1' }])
    expect(intent?.nodes[0]?.startupConfig).toBe('.skein/url/r1/r1.cfg')
  })

  it('can be enforced, or suppressed', () => {
    expect(
      nodeOf('{kind: ceos, image: x, startup-config: a.cfg, enforce-startup-config: true}').software?.config,
    ).toEqual({
      path: '/mnt/flash/startup-config',
      isEnforced: true,
    })
    const { intent, bindSources, inlineFiles } = read(
      '{kind: ceos, image: x, startup-config: a.cfg, suppress-startup-config: true}',
    )
    expect([intent?.nodes[0]?.startupConfig, bindSources, inlineFiles]).toEqual([undefined, [], []])
  })

  test.each([
    ['{kind: ceos, image: x, enforce-startup-config: true}', 'no `startup-config`'],
    [
      '{kind: ceos, image: x, startup-config: a, enforce-startup-config: true, suppress-startup-config: true}',
      'cannot have both',
    ],
    ['{kind: linux, image: x, labels: {skein/config-file: etc/x}}', 'an absolute path'],
    [`{kind: linux, image: x, labels: {skein/config-save: "a 'b", skein/config-file: /a}}`, 'never closed'],
    ['{kind: linux, image: x, labels: {skein/config-save: a}}', 'where is the configuration'],
  ])('%s is an error', (node, message) => {
    expect(read(node).problems).toEqual([
      expect.objectContaining({ severity: 'error', message: expect.stringContaining(message) }),
    ])
  })

  test.each([
    ['{kind: linux, image: x, startup-config: a.cfg}', 'the label `skein/config-file` says where'],
    ['{kind: lxd, image: x, startup-config: a.cfg}', 'has no effect'],
    ['{kind: ceos, image: x, binds: ["flash:/mnt/flash"]}', 'this bind covers'],
  ])('%s is a warning', (node, message) => {
    expect(read(node).problems).toEqual([
      expect.objectContaining({ severity: 'warning', message: expect.stringContaining(message) }),
    ])
  })

  it('of a linux node goes where labels say', () => {
    const labels = `{skein/config-file: /etc/frr/frr.conf, skein/config-save: "vtysh -c 'write memory'"}`
    expect(nodeOf(`{kind: linux, image: x, startup-config: a.cfg, labels: ${labels}}`).software).toEqual({
      config: { path: '/etc/frr/frr.conf' },
      save: ['vtysh', '-c', 'write memory'],
      get: ['cat', '/etc/frr/frr.conf'],
    })
  })
})

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readTopology } from '#core/topology/read.ts'
import { removeArtifacts, writeArtifacts } from './artifacts.ts'
import type { LabShape } from './lab-shapes.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-artifacts-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const LAB = `name: a
topology:
  defaults: {kind: linux, image: x}
  nodes:
    r2: {group: g, labels: {ansible-group: "edge: 1"}}
    r1: {ports: ["8080:80"]}
    br: {kind: bridge}
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
`
const node = (name: string, mgmt?: { ipv4: string; ipv6?: string }) => ({
  name,
  kind: 'linux',
  host: 'h1',
  state: 'running',
  image: 'x',
  ...(mgmt === undefined ? {} : { mgmt }),
})
const end = (name: string) => ({ node: name, interface: 'eth1', host: 'h1', mac: 'aa:c1:ab:00:00:01', vlan: 100 })
const VIEW: LabShape = {
  name: 'a',
  state: 'up',
  generation: 1,
  nodes: [node('r1', { ipv4: '172.20.20.2', ipv6: '3fff:172:20:20::2' }), node('r2')],
  links: [{ id: 'l', state: 'up', endpoints: [end('r1'), end('r2')], vni: null, mtu: 9500 }],
  notes: [],
}
const intent = () => {
  const read = readTopology({ text: LAB }).intent
  if (read === undefined) throw new Error('no intent')
  return read
}

test('are what tools for containerlab read, and go with the lab', async () => {
  const target = await writeArtifacts(folder, intent(), VIEW)
  expect(target).toBe(join(folder, 'clab-a'))
  const read = (name: string) => readFile(join(target, name), 'utf8')
  const data = JSON.parse(await read('topology-data.json'))
  expect(data).toMatchObject({
    name: 'a',
    type: 'clab',
    clab: { config: { prefix: 'clab' } },
    nodes: {
      r1: {
        index: '0',
        longname: 'clab-a-r1',
        host: 'h1',
        'mgmt-ipv4-address': '172.20.20.2',
        'port-bindings': [{ 'host-port': 8080, port: 80, protocol: 'tcp' }],
      },
      r2: { index: '1', group: 'g', fqdn: 'r2.a.io', 'mgmt-ipv4-address': '' },
    },
    links: [{ endpoints: { a: { node: 'r1', peer: 'z' }, z: { node: 'r2', mac: 'aa:c1:ab:00:00:01', peer: 'a' } } }],
  })
  expect(Object.keys(data.nodes)).toEqual(['r1', 'r2'])
  expect(parse(await read('ansible-inventory.yml'))).toMatchObject({
    all: {
      children: {
        linux: { hosts: { 'clab-a-r1': { ansible_host: '172.20.20.2' }, 'clab-a-r2': null } },
        'edge: 1': { hosts: { 'clab-a-r2': null } },
      },
    },
  })
  expect(await read('hosts')).toBe(
    '###### CLAB-a-START ######\n172.20.20.2\tclab-a-r1 r1\n3fff:172:20:20::2\tclab-a-r1 r1\n###### CLAB-a-END ######\n',
  )
  expect(await removeArtifacts(folder, 'a')).toBe(true)
  expect(await readdir(folder)).toEqual([])
  expect(await removeArtifacts(folder, 'a')).toBe(false)
})

test('leave what else is in their folder', async () => {
  const target = await writeArtifacts(folder, intent(), VIEW)
  await writeFile(join(target, 'mine'), '')
  expect(await removeArtifacts(folder, 'a')).toBe(true)
  expect(await readdir(target)).toEqual(['mine'])
})

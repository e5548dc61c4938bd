import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Names } from '#core/names/names.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const NAMES: Names = {
  hosts: [{ host: 'a', name: 'a.mesh.local', address: '10.213.0.1', isHealthy: true }],
  nodes: [
    {
      lab: 'web' as LabName,
      node: 'r1' as NodeName,
      names: ['r1.web.mesh.local', 'clab-web-r1'],
      short: ['r1'],
      addresses: ['172.20.20.2'],
      isHealthy: false,
    },
  ],
}

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  Object.assign(world.agent, { names: () => NAMES })
})
afterEach(() => world[Symbol.asyncDispose]())

it('names are listed with what is behind them, of one lab where asked', async () => {
  const all = await world.run(['names', 'ls'])
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out).toMatch(/^NAME +ADDRESSES +ALSO +STATE\na\.mesh\.local +10\.213\.0\.1 +- +answers\n/)
  expect(all.out).toMatch(/r1\.web\.mesh\.local +172\.20\.20\.2 +clab-web-r1 r1 +is not there\n$/)
  const { out } = await world.run(['names', 'ls', '--lab', 'web', '--json'])
  expect(JSON.parse(out)).toEqual({ hosts: [], nodes: NAMES.nodes })
})

it('the zone holds what answers', async () => {
  const { out } = await world.run(['names', 'zone'])
  expect(out).toMatch(/^\$ORIGIN mesh\.local\.\n/)
  expect(out).toContain('a.mesh.local. IN A 10.213.0.1\n')
  expect(out).not.toContain('r1.web')
})

it('ports of a lab are told with their host and what they lead to', async () => {
  world.agent.views.set('web', {
    name: 'web',
    state: 'up',
    generation: 1,
    links: [],
    notes: [],
    nodes: [
      {
        name: 'r1',
        kind: 'linux',
        host: 'b',
        state: 'running',
        image: 'x',
        mgmt: { ipv4: '172.20.20.2' },
        ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
      },
    ],
  })
  const { out } = await world.run(['lab', 'ports', 'web'])
  expect(out).toMatch(/^HOST +PORT +NODE +LEADS TO\nb +8080\/tcp +r1 +172\.20\.20\.2:80\n$/)
  expect(JSON.parse((await world.run(['lab', 'ports', 'web', '--json'])).out)).toEqual([
    { node: 'r1', host: 'b', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  ])
  expect((await world.run(['lab', 'show', 'web'])).out).toMatch(/r1 .*172\.20\.20\.2/)
})

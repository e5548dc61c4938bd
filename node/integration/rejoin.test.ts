/** Hosts that lost their data folder or were removed while containers, ports and devices of theirs go on running. */

import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { commandLine } from '#testing/command-line.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { chainLab, FOREIGN, FOREIGN_SEEN } from './faults-support.ts'

const LAB = (name: string, net: string) => chainLab({ name, net, b: 'binds: ["greeting.txt:/greeting.txt"]' })
const FOLDER = '/tmp/skein-rejoin'

/** What must be the same where nothing was made again: containers, tags, devices with their numbers and addresses. */
const SAME = `
docker ps --no-trunc --filter label=skein/lab=keep --format '{{.ID}} {{.Names}}' | sort
docker inspect -f '{{.State.StartedAt}} {{.State.Pid}}' $(docker ps -q --filter label=skein/lab=keep | sort)
ovs-vsctl --format=csv --columns=name,tag,external_ids list Port | grep keep | sort
ip -d -o link show type vxlan | grep keep | grep -o 'id [0-9]* local [0-9.]*' | sort
for n in $(docker ps --filter label=skein/lab=keep --format '{{.Names}}' | sort); do docker exec $n cat /sys/class/net/eth1/address; done`

interface Host {
  readonly name: string
  readonly id: string
  readonly state: string
  readonly overlayAddress: string
}

describeReal('hosts that lost their data come back', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'y', hosts: 3, net: '10.75' })
  const hosts = skeinHosts(bed)
  const cli = commandLine(bed)
  const foreign = new Map<string, string>()

  const sh = async (host: string, script: string) => (await hosts.sh(host, script)).stdout
  const json = async <T>(host: string, ...args: readonly string[]): Promise<T> => {
    const said = await cli(host, ...args, '--json')
    if (said.code !== 0) throw new Error(said.stderr)
    return JSON.parse(said.stdout) as T
  }
  const admitted = async (name: string) =>
    (await json<readonly Host[]>('y1', 'host', 'ls')).find((host) => host.name === name && host.state !== 'left')
  const isDown = (name: string) =>
    until(`${name} is down`, 60_000, async () => (await admitted(name))?.state === 'down')
  const up = async (lab: string) => {
    const said = await cli('y1', 'lab', 'up', `${FOLDER}/${lab}.clab.yml`, '--timeout', '60s')
    expect(said, said.stderr).toMatchObject({ code: 0 })
  }
  const pings = async (host: string, node: string, address: string) =>
    (await sh(host, `docker exec clab-keep-${node} ping -c 1 -W 1 ${address} && echo reached`)).includes('reached')
  const carries = () =>
    until('all links carry traffic', 30_000, async () => {
      const all = await Promise.all([
        pings('y1', 'a', '10.1.1.2'),
        pings('y2', 'b', '10.1.2.2'),
        pings('y3', 'd', '10.1.3.1'),
      ])
      return all.every(Boolean)
    })
  const stopAgent = async (host: string) => {
    await hosts.killAgent(host)
  }
  const loseData = (host: string) => sh(host, 'rm -rf /var/lib/skein/* /var/lib/skein/.[!.]*')
  const join = async (host: string, token: string) => {
    const said = await hosts.skein(host, 'join', token, '--name', host, '--advertise', bed.address(host))
    expect(said, said.stderr).toMatchObject({ code: 0 })
  }
  const wgPeers = async (host: string) => (await bed.run(host, ['wg', 'show', 'skw0', 'peers'])).stdout
  const wgKey = async (host: string) => (await bed.run(host, ['wg', 'show', 'skw0', 'public-key'])).stdout.trim()

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await mkdir(FOLDER, { recursive: true })
    await writeFile(`${FOLDER}/greeting.txt`, 'hello\n')
    await writeFile(`${FOLDER}/keep.clab.yml`, LAB('keep', '10.1'))
    await writeFile(`${FOLDER}/gone.clab.yml`, LAB('gone', '10.2'))
    await until('three voters', 30_000, async () => {
      const { voters } = await json<{ voters: readonly string[] }>('y1', 'leader')
      return voters.length === 3
    })
    await up('keep')
    await up('gone')
    for (const host of bed.hosts) await sh(host, FOREIGN)
    for (const host of bed.hosts) foreign.set(host, await sh(host, FOREIGN_SEEN))
    await carries()
  })
  afterAll(() => bed.down())
  afterEach(async () => {
    for (const host of bed.hosts) expect(await sh(host, FOREIGN_SEEN)).toBe(foreign.get(host))
  })

  test('under the old name with a new token: all is found again and nothing is made again; what was deleted meanwhile goes', async () => {
    const before = await sh('y2', SAME)
    const old = await admitted('y2')
    const oldKey = await wgKey('y2')
    await stopAgent('y2')
    await loseData('y2')
    const early = await cli('y1', 'token', 'create', '--name', 'y2')
    expect(early.stderr).toMatch(/host y2 is (alive|suspect): only one that is down can be replaced/)
    await isDown('y2')
    expect(await cli('y1', 'lab', 'down', 'gone')).toMatchObject({ code: 0 })
    const plain = await json<{ token: string }>('y1', 'token', 'create')
    const refused = await hosts.skein('y2', 'join', plain.token, '--name', 'y2', '--advertise', bed.address('y2'))
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('skein token create --name') })
    const { token, replaces } = await json<{ token: string; replaces: string }>('y1', 'token', 'create', '--name', 'y2')
    expect(replaces).toBe('y2')
    await join('y2', token)
    const startMs = performance.now()
    await hosts.start('y2')
    await until('it is there as another', 30_000, async () => {
      const now = await admitted('y2')
      return now?.state === 'alive' && now.id !== old?.id && now.overlayAddress === old?.overlayAddress
    })
    await until(
      'the lab is up',
      30_000,
      async () => (await json<{ state: string }>('y1', 'lab', 'show', 'keep')).state === 'up',
    )
    await carries()
    console.info(`from the start of the agent to traffic: ${Math.round(performance.now() - startMs)} ms`)
    for (const host of ['y1', 'y3'])
      await until('the old key is gone', 5_000, async () => !(await wgPeers(host)).includes(oldKey))
    await until(
      'the deleted lab is gone',
      20_000,
      async () =>
        (await sh(
          'y2',
          'docker ps -aq --filter label=skein/lab=gone; ip -o link | grep :gone:; ovs-vsctl list Port | grep gone',
        )) === '',
    )
    expect(await sh('y2', SAME)).toBe(before)
    expect(await sh('y2', 'docker exec clab-keep-b cat /greeting.txt')).toBe('hello\n')
    expect((await json<readonly Host[]>('y1', 'host', 'ls')).find(({ id }) => id === old?.id)?.state).toBe('left')
  })

  test('a host that knows nothing and hears nobody removes nothing; then it does as if it had', async () => {
    await stopAgent('y2')
    await loseData('y2')
    const before = await sh('y2', SAME)
    await isDown('y2')
    await join('y2', (await json<{ token: string }>('y1', 'token', 'create', '--name', 'y2')).token)
    await bed.cut('y2')
    await hosts.start('y2')
    await pause(20_000)
    expect(await sh('y2', SAME)).toBe(before)
    await bed.heal('y2')
    await until(
      'the lab is up',
      60_000,
      async () => (await json<{ state: string }>('y1', 'lab', 'show', 'keep')).state === 'up',
    )
    await carries()
    expect(await sh('y2', SAME)).toBe(before)
  })

  test('a removed host is no peer within 5 s, its nodes are lost; joined again by its name, the lab finds its containers', async () => {
    const oldKey = await wgKey('y2')
    const { overlayAddress = '' } = (await admitted('y2')) ?? {}
    const ids = (await sh('y2', SAME)).split('\n').slice(0, 2)
    await stopAgent('y2')
    const startMs = performance.now()
    expect(await cli('y1', 'host', 'remove', 'y2', '--force')).toMatchObject({ code: 0 })
    await until('nobody sends to it', 5_000, async () => {
      const seen = await Promise.all(
        ['y1', 'y3'].map(async (host) => `${await wgPeers(host)}${await sh(host, 'bridge fdb')}`),
      )
      return seen.every((text) => !text.includes(oldKey) && !text.includes(overlayAddress))
    })
    console.info(`peers and flood entries gone ${Math.round(performance.now() - startMs)} ms after the command`)
    const lost = (await cli('y1', 'lab', 'show', 'keep')).stdout
    expect(lost).toMatch(/b +error .*host y2 (?:has left|was removed)/)
    await loseData('y2')
    await join('y2', (await json<{ token: string }>('y1', 'token', 'create')).token)
    await hosts.start('y2')
    await until('y2 is there', 10_000, async () => (await admitted('y2'))?.state === 'alive')
    // Longer than it waits to hear what is to go: people take their time.
    await pause(12_000)
    await up('keep')
    await carries()
    expect((await sh('y2', SAME)).split('\n').slice(0, 2)).toEqual(ids)
  })
})

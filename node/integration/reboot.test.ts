/** Power cuts: a host finds its labs from its own disk, starts what was running and is linked as before, also alone, also with tools that lost theirs. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { commandLine } from '#testing/command-line.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { chainLab } from './faults-support.ts'

const LAB = (name: string, net: string) => chainLab({ name, net, b: `exec: ["ip addr add ${net}.9.1/24 dev eth2"]` })
const FOLDER = '/tmp/skein-reboot'
/** From tools that answer to traffic on every link: some seconds, printed at the end; the limit bears a machine that is busy with other tests. */
const LIMIT_MS = 45_000

/** Tags, VNIs, tunnel addresses, MAC and IP addresses of the lab on a host, by its own tools. */
const NUMBERS = `
ovs-vsctl --format=csv --columns=name,tag,external_ids list Port | grep boot | sort
ip -d -o link show type vxlan | grep boot | grep -o 'id [0-9]* local [0-9.]*' | sort
for n in $(docker ps --filter label=skein/lab=boot --format '{{.Names}}' | sort); do docker exec $n sh -c 'cat /sys/class/net/eth*/address; ip -4 -o addr | grep eth | grep -o "inet [0-9./]*" | sort'; done`

describeReal('hosts whose power is cut', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'y', hosts: 3, net: '10.75' })
  const hosts = skeinHosts(bed)
  const cli = commandLine(bed)
  const before = new Map<string, string>()
  const times: string[] = []

  const sh = async (host: string, script: string) => (await hosts.sh(host, script)).stdout
  const numbers = (host: string) => sh(host, NUMBERS)
  const pings = async (host: string, node: string, address: string) =>
    (await sh(host, `docker exec clab-boot-${node} ping -c 1 -W 1 ${address} && echo reached`)).includes('reached')
  const isWhole = async () =>
    (
      await Promise.all([pings('y1', 'a', '10.5.1.2'), pings('y2', 'b', '10.5.2.2'), pings('y3', 'd', '10.5.3.1')])
    ).every(Boolean)
  const sameNumbers = async () => {
    for (const host of bed.hosts)
      await until(`the numbers of ${host} are as before`, 10_000, async () => {
        const now = await numbers(host)
        if (now !== before.get(host)) throw new Error(`${now}\n--- instead of\n${before.get(host)}`)
        return true
      })
  }
  const state = async (at: string) => {
    const said = await cli(at, 'lab', 'show', 'boot', '--json')
    return said.code === 0 ? (JSON.parse(said.stdout) as { state: string }).state : said.stderr
  }
  /** From now, when docker answers, until every link carries traffic. */
  const comesBack = async (what: string, ...starting: readonly string[]) => {
    const startMs = performance.now()
    await Promise.all(starting.map(hosts.start))
    await until(`${what}: all links carry traffic`, 60_000, isWhole)
    const ms = performance.now() - startMs
    times.push(`${what}: traffic after ${(ms / 1000).toFixed(1)} s`)
    await until('the view agrees', 20_000, async () => (await state('y1')) === 'up')
    await sameNumbers()
    return ms
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await mkdir(FOLDER, { recursive: true })
    await writeFile(`${FOLDER}/boot.clab.yml`, LAB('boot', '10.5'))
    await writeFile(`${FOLDER}/more.clab.yml`, LAB('more', '10.6'))
    await until('three voters', 30_000, async () => {
      const { voters } = JSON.parse((await cli('y1', 'leader', '--json')).stdout) as { voters: readonly string[] }
      return voters.length === 3
    })
    const said = await cli('y1', 'lab', 'up', `${FOLDER}/boot.clab.yml`, '--timeout', '60s')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    await until('traffic', 20_000, isWhole)
    for (const host of bed.hosts) before.set(host, await numbers(host))
  })
  afterEach(() => bed.heal())
  afterAll(async () => {
    console.info(times.join('\n'))
    await bed.down()
  })

  test('docker starts nothing by itself', async () => {
    const policy = "docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' $(docker ps -q) | sort -u"
    for (const host of bed.hosts) expect(await sh(host, policy)).toBe('no\n')
    await bed.kill('y2')
    await bed.boot('y2')
    expect(await sh('y2', 'docker ps -q')).toBe('')
    expect(await comesBack('y2 booted', 'y2')).toBeLessThan(LIMIT_MS)
  })

  test.each(['y1', 'y3'])('%s alone', async (host) => {
    await bed.kill(host)
    await bed.boot(host)
    expect(await comesBack(`${host} booted`, host)).toBeLessThan(LIMIT_MS)
  })

  test('in the middle of lab up, and of lab down', async () => {
    const file = `${FOLDER}/more.clab.yml`
    await cli('y1', 'lab', 'up', file, '--detach')
    await until(
      'it has begun',
      20_000,
      async () => (await sh('y2', 'docker ps -aq --filter label=skein/lab=more')) !== '',
    )
    await bed.kill('y2')
    await bed.boot('y2')
    await comesBack('y2 booted while a lab came up', 'y2')
    const said = await cli('y1', 'lab', 'up', file, '--timeout', '60s')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    const down = cli('y1', 'lab', 'down', 'more')
    await until(
      'it goes',
      20_000,
      async () => (await sh('y2', 'docker ps -q --filter label=skein/lab=more | wc -l')) !== '2\n',
    )
    await bed.kill('y2')
    await bed.boot('y2')
    await comesBack('y2 booted while a lab went down', 'y2')
    expect(await down).toMatchObject({ code: 0 })
    await until('nothing is left', 20_000, async () => {
      const left = await Promise.all(
        bed.hosts.map((host) =>
          sh(
            host,
            'docker ps -aq --filter label=skein/lab=more; ip -o link | grep :more:; ovs-vsctl list Port | grep more/',
          ),
        ),
      )
      return left.every((text) => text === '')
    })
  })

  test('all three at once', async () => {
    await Promise.all(bed.hosts.map(bed.kill))
    await Promise.all(bed.hosts.map(bed.boot))
    expect(await comesBack('all booted', ...bed.hosts)).toBeLessThan(LIMIT_MS)
  })

  test('alone in a partition: its own links are there again, the others when it hears them', async () => {
    await bed.kill('y2')
    await bed.boot('y2')
    await bed.cut('y2')
    const startMs = performance.now()
    await hosts.start('y2')
    await until('the link of y2 alone carries traffic', LIMIT_MS, () => pings('y2', 'b', '10.5.2.2'))
    const ms = performance.now() - startMs
    times.push(`y2 booted, cut off: traffic within it after ${(ms / 1000).toFixed(1)} s`)
    expect(ms).toBeLessThan(LIMIT_MS)
    await until('all numbers again', 10_000, async () => (await numbers('y2')) === before.get('y2'))
    await bed.heal('y2')
    await comesBack('y2 healed')
  })

  test('the agent before its tools: it says what it waits for, and goes on by itself', async () => {
    await bed.kill('y2')
    await bed.boot('y2')
    await sh('y2', 'kill -9 $(pidof dockerd containerd ovs-vswitchd ovsdb-server)')
    await hosts.start('y2')
    await until('others say what is wrong', 20_000, async () => {
      const { stdout } = await cli('y1', 'lab', 'show', 'boot')
      if (!/docker/.test(stdout)) throw new Error(stdout)
      return true
    })
    times.push((await cli('y1', 'lab', 'show', 'boot')).stdout)
    await bed.boot('y2')
    expect(await comesBack('y2 with tools after the agent')).toBeLessThan(LIMIT_MS)
  })

  test('the database of Open vSwitch is lost', async () => {
    await bed.kill('y2')
    await rm(`${bed.folder('y2')}/disk/etc/openvswitch/conf.db`)
    await bed.boot('y2')
    expect(await comesBack('y2 without its OVS database', 'y2')).toBeLessThan(LIMIT_MS)
  })

  test('the containers are lost', async () => {
    await sh('y2', 'docker rm -f $(docker ps -aq) >/dev/null')
    await bed.kill('y2')
    await bed.boot('y2')
    expect(await comesBack('y2 without its containers', 'y2')).toBeLessThan(LIMIT_MS)
  })

  test('all of docker is lost, images too: it says which are missing, and goes on once they are there', async () => {
    await bed.kill('y2')
    const folder = `${bed.folder('y2')}/data/docker`
    await rm(folder, { recursive: true })
    await mkdir(folder)
    await bed.boot('y2')
    await hosts.start('y2')
    await until('it says so', 60_000, async () => (await cli('y1', 'lab', 'show', 'boot')).stdout.includes('alpine:3'))
    await hosts.loadImages()
    await comesBack('y2 with images again')
  })
})

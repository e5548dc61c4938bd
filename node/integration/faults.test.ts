/**
 * Every command that the agent of u2 runs while a lab comes up, while it goes down, and while the host's own parts are made again,
 * is struck: enumerated by runs without a fault, then one after the other. CI strikes each kind of command with `kill -9` right after its
 * first run; FAULTS=all strikes every run, and also fails it, lets it time out, and kills right before it (some times as long).
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandLine } from '#testing/command-line.ts'
import { FAULTS, type FaultMode } from '#testing/faulty-doors.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { FAULTY_AGENT, FOREIGN, faultyAgent, MAIN } from './faults-support.ts'

const LAB = `
name: all
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a:
      labels: { skein/host: u2 }
      binds: ["greeting.txt:/greeting.txt"]
      exec: ["sh -c 'echo ran >>/ran'"]
    b: { labels: { skein/host: u1 } }
    c: { labels: { skein/host: u2 }, exec: ["sh -c 'echo ran >>/ran'"] }
    br: { kind: bridge }
  links:
    - { endpoints: ["a:eth1", "c:eth1"], ipv4: ["10.0.1.1/24", "10.0.1.2/24"] }
    - { endpoints: ["a:eth2", "b:eth1"], ipv4: ["10.0.2.1/24", "10.0.2.2/24"] }
    - { endpoints: ["a:eth3", "br:a"], ipv4: ["10.0.3.1/24"] }
    - { endpoints: ["b:eth2", "br:b"], ipv4: ["10.0.3.2/24"] }
    - { endpoints: ["c:eth2", "br:c"], ipv4: ["10.0.3.3/24"] }
`
const FILE = '/tmp/skein-faults/all.clab.yml'

/** Looks at u2 with its own tools: every link by ping, the file, what runs, and which ports there are. */
const EYES = `
for ip in 10.0.1.2 10.0.2.2 10.0.3.2 10.0.3.3; do docker exec clab-all-a ping -c 1 -W 1 $ip >/dev/null || { echo "no ping of $ip"; exit 1; }; done
docker exec clab-all-a cat /greeting.txt
for n in a c; do docker exec clab-all-$n sh -c 'head -1 /ran'; done
docker ps --format '{{.Names}}' | grep clab | sort
ovs-vsctl list-ports skein0 | grep -c '^sk'
ip -o link | grep -cE ': sk[nv]'`
const SEEN = ['hello', 'ran', 'ran', 'clab-all-a', 'clab-all-c', '11', '11', ''].join('\n')

/** Everything on a host that a lab could leave behind. */
const TRACES = `
docker ps -a --format '{{.Names}} {{.Image}}' | sort
ovs-vsctl --format=csv --columns=name,tag list Port | sort
ip -br link | awk '{ print $1 }' | sort
bridge fdb | grep '^00:00:00:00:00:00'
ls /var/lib/skein/labs 2>/dev/null
true`

/** For what takes a second or two: on a machine that is busy with other tests as well. */
const PATIENCE_MS = 60_000

/** By then `lab up` has asked for the lab, also on a busy machine. */
const LATEST_END_MS = 1_500

/** The bridge and the overlay's interface, gone at once. */
const HARM = 'ovs-vsctl del-br skein0; ip link del skw0'

/** Runs without a fault: what is done in one step with what is a matter of timing. */
const CLEAN_RUNS = 3

const ALL = process.env.FAULTS === 'all'
const modes: readonly FaultMode[] = ALL ? FAULTS : ['kill-after']
/** A command that is run for each of several links is struck the first time alone, unless all are asked for. */
const OCCURRENCES = ALL ? Number.POSITIVE_INFINITY : 1

interface Target {
  readonly key: string
  readonly nth: number
}

describeReal('struck at every command, found again', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'u', hosts: 2, net: '10.85' })
  const hosts = skeinHosts(bed, { agent: FAULTY_AGENT })
  const cli = commandLine(bed)
  const agent = faultyAgent(bed, 'u2')
  const targets: Record<'up' | 'down' | 'host', readonly Target[]> = { up: [], down: [], host: [] }
  const before = new Map<string, string>()

  const sh = async (host: string, script: string) =>
    (await bed.run(host, ['sh', '-c', script], { okCodes: [0, 1], timeoutMs: 60_000 })).stdout
  const traces = (host: string) => sh(host, TRACES)
  const lab = async () => {
    const said = await cli('u1', 'lab', 'show', 'all', '--json')
    return said.code === 0 ? (JSON.parse(said.stdout) as { state: string }).state : 'gone'
  }
  const whole = () =>
    until('all is there, by own eyes', PATIENCE_MS, async () => {
      const seen = await sh('u2', EYES)
      if (seen !== SEEN) throw new Error(seen)
      return true
    })
  const clean = async (host: string) => {
    await until(`nothing is left on ${host}`, PATIENCE_MS, async () => {
      const now = await traces(host)
      if (now !== before.get(host)) throw new Error(`${now}\n--- instead of\n${before.get(host)}`)
      return (await cli(host, 'lab', 'show', 'all')).stderr.includes('no lab named all')
    })
    expect((await cli(host, 'allocation', 'ls', '--json')).stdout).not.toContain('"lab/all')
  }
  const up = async (fault?: Target & { mode: FaultMode }): Promise<boolean> => {
    await agent.arm(fault)
    expect(await cli('u1', 'lab', 'up', FILE, '--detach')).toMatchObject({ code: 0 })
    const struck = fault !== undefined && (await agent.struck(async () => (await lab()) === 'up'))
    if (struck) await agent.revive(fault.mode)
    const said = await cli('u1', 'lab', 'up', FILE, '--timeout', '60s')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    await whole()
    return struck
  }
  const down = async (fault?: Target & { mode: FaultMode }): Promise<boolean> => {
    await agent.arm(fault)
    const first = cli('u1', 'lab', 'down', 'all')
    const struck = fault !== undefined && (await agent.struck(async () => (await lab()) === 'gone'))
    if (struck) await agent.revive(fault.mode)
    const again = await cli('u1', 'lab', 'down', 'all')
    if (again.code !== 0) expect(again.stderr).toContain('no lab named all')
    expect(await first).toMatchObject({ code: 0 })
    for (const host of bed.hosts) await clean(host)
    return struck
  }
  const harm = async (fault?: Target & { mode: FaultMode }): Promise<boolean> => {
    await agent.arm(fault)
    await sh('u2', HARM)
    const isWhole = async () => (await sh('u2', EYES)) === SEEN
    const struck = fault !== undefined && (await agent.struck(isWhole))
    if (struck) await agent.revive(fault.mode)
    await whole()
    await sh('u2', 'ovs-vsctl --may-exist add-port skein0 foreign-w tag=7')
    return struck
  }
  const strikers = { up, down, host: harm }
  /** Strikes one; what is batched with what may differ, so one that is not met is tried again. */
  const strike = async (what: keyof typeof strikers, target: Target | undefined, mode: FaultMode): Promise<boolean> => {
    const fault = target === undefined ? undefined : { ...target, mode }
    try {
      return await strikers[what](fault)
    } catch (error) {
      const log = (await hosts.log('u2')).split('\n').slice(-15).join('\n')
      throw new Error(`${what}, ${mode} at ${target?.key} (${target?.nth})\n${log}`, { cause: error })
    }
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await mkdir('/tmp/skein-faults', { recursive: true })
    await writeFile(FILE, LAB)
    await writeFile('/tmp/skein-faults/greeting.txt', 'hello\n')
    for (const host of bed.hosts) await sh(host, FOREIGN)
    await until('the hosts are made', 30_000, async () => (await traces('u2')).includes('skw0'))
    await up()
    await down().catch(() => undefined)
    for (const host of bed.hosts) before.set(host, await traces(host))
  })
  afterAll(() => bed.down())

  test('without a fault: every command is met', async () => {
    const seen: Record<keyof typeof targets, Map<string, number>> = { up: new Map(), down: new Map(), host: new Map() }
    const learn = async (what: keyof typeof targets) => {
      for (const { key, nth } of await agent.met()) seen[what].set(key, Math.max(nth, seen[what].get(key) ?? 0))
    }
    for (let run = 0; run < CLEAN_RUNS; run += 1) {
      await up()
      await learn('up')
      await harm()
      await learn('host')
      await down()
      await learn('down')
    }
    for (const what of ['up', 'down', 'host'] as const) {
      targets[what] = [...seen[what]].flatMap(([key, most]) =>
        Array.from({ length: Math.min(most, OCCURRENCES) }, (_, at) => ({ key, nth: at + 1 })),
      )
      console.info(
        `${what}: ${targets[what].length} commands\n${targets[what].map(({ key, nth }) => `  ${nth} ${key}`).join('\n')}`,
      )
    }
    expect(targets.up.length).toBeGreaterThan(10)
  })

  test.each(modes)(
    '%s at every command',
    async (mode) => {
      const startMs = performance.now()
      const met = new Set<string>()
      const rounds = Math.max(targets.up.length, targets.down.length, targets.host.length)
      for (let at = 0; at < rounds; at += 1) {
        for (const what of ['up', 'host', 'down'] as const) {
          const target = targets[what][at]
          if (what === 'host' && target === undefined) continue
          if (await strike(what, target, mode)) met.add(`${what} ${target?.key}`)
        }
      }
      const all = (['up', 'host', 'down'] as const).flatMap((what) => targets[what].map(({ key }) => `${what} ${key}`))
      console.info(`${mode}: ${rounds} rounds in ${Math.round((performance.now() - startMs) / 1000)} s`)
      expect([...new Set(all)].filter((one) => !met.has(one))).toEqual([])
    },
    3_600_000,
  )

  test.each(['KILL', 'INT'])('the command line ended by SIG%s at any moment: all or nothing', async (signal) => {
    await sh('u1', `mkdir -p /tmp/skein-faults; printf 'hello\\n' >/tmp/skein-faults/greeting.txt`)
    await bed.run('u1', ['tee', FILE], { stdin: LAB })
    const ends = { up: 0, nothing: 0 }
    for (let ms = 100; ms <= LATEST_END_MS; ms += 100) {
      const pid = await bed.spawn('u1', [process.execPath, MAIN, 'lab', 'up', FILE, '--timeout', '60s'])
      await pause(ms)
      await sh('u1', `kill -${signal} ${pid}; while kill -0 ${pid}; do sleep 0.05; done`)
      // A host that heard it may still be reading it.
      const settled = await until('all or nothing', PATIENCE_MS, async () => {
        if ((await lab()) !== 'gone') return 'up'
        const now = await Promise.all(bed.hosts.map(async (host) => (await traces(host)) === before.get(host)))
        return now.every(Boolean) && 'nothing'
      })
      if (settled === 'nothing') {
        ends.nothing += 1
        continue
      }
      ends.up += 1
      await until(`the lab is up, ended after ${ms} ms`, PATIENCE_MS, async () => (await lab()) === 'up')
      await whole()
      await down()
    }
    console.info(`SIG${signal}: ${ends.up} came up all the same, ${ends.nothing} were never asked for`)
    expect(ends.up).toBeGreaterThan(0)
  })
})

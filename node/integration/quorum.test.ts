import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QuorumView, RecoveredView } from '#agent/port.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Lab {
  readonly state: string
  readonly nodes: readonly { readonly name: string; readonly state: string }[]
  readonly links: readonly { readonly id: string; readonly vni: number | null; readonly endpoints: unknown }[]
}

/** Nodes one per host, in a row; link n joins node n (10.0.n+1.1) and node n+1 (10.0.n+1.2). */
const row = (name: string, hosts: readonly string[]): string => {
  const nodes = hosts.map(
    (host, at) =>
      `    n${at}: { labels: { skein/host: ${host} }, exec: ["ip addr add 10.0.${at}.2/24 dev eth1", "ip addr add 10.0.${at + 1}.1/24 dev eth2"] }`,
  )
  const links = hosts.slice(1).map((_, at) => `    - endpoints: ["n${at}:eth2", "n${at + 1}:eth1"]`)
  return [
    `name: ${name}`,
    'topology:',
    '  defaults: { kind: linux, image: "alpine:3" }',
    '  nodes:',
    ...nodes,
    '  links:',
    ...links,
    '',
  ].join('\n')
}

describeReal('a mesh that loses most of its voters', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'q', hosts: 3, net: '10.87' })
  const hosts = skeinHosts(bed)
  const status = (host: string) => hosts.json<QuorumView>(host, 'quorum', 'status')
  const show = (host: string, lab: string) => hosts.json<Lab>(host, 'lab', 'show', lab)
  const up = async (host: string, text: string) => {
    await bed.run(host, ['tee', '/tmp/lab.clab.yml'], { stdin: text })
    return hosts.skein(host, 'lab', 'up', '/tmp/lab.clab.yml', '--timeout', '90s')
  }
  const container = async (host: string, lab: string, node: string) =>
    (await bed.run(host, ['docker', 'inspect', '-f', '{{.Id}} {{.State.StartedAt}}', `clab-${lab}-${node}`])).stdout
  const numbers = async (host: string, lab: string) => (await show(host, lab)).links.map(({ vni }) => vni)
  const voters = (host: string, count: number) =>
    until(`${host} sees ${count} voters, all there`, 60_000, async () => {
      const view = await status(host)
      return view.leader !== null && view.quorum.have === count && view.missing.length === 0 && view
    })
  /** Every host agrees on one epoch and one leader. */
  const oneEpoch = () =>
    until('one epoch, one leader', 60_000, async () => {
      const views = await Promise.all(bed.hosts.map(status))
      const told = new Set(views.map(({ epoch, leader }) => `${epoch} ${leader}`))
      const [view] = views
      return told.size === 1 && view !== undefined && view.leader !== null && view.epoch
    })
  const alone = (host: string) =>
    until(`${host} knows that it is alone`, 40_000, async () => {
      const view = await status(host)
      return view.leader === null && view.quorum.have === 1 && view.recovery === null && view
    })
  const pings = (from: string, lab: string, node: string, address: string) =>
    until(`${node} of ${lab} reaches ${address}`, 60_000, async () => {
      const said = await hosts.skein(from, 'lab', 'exec', lab, node, '--', 'ping', '-c', '1', '-W', '1', address)
      return said.code === 0
    })

  let before: { readonly numbers: readonly (number | null)[]; readonly container: string }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await voters('q1', 3)
    expect(await up('q1', row('one', bed.hosts))).toMatchObject({ code: 0 })
    await pings('q1', 'one', 'n0', '10.0.1.2')
  })
  afterAll(() => bed.down())

  test('while most stand, there is nothing to recover', async () => {
    const said = await hosts.skein('q1', 'quorum', 'recover', '--confirm', 'q1', '--force', '--json')
    expect(said.code).toBe(1)
    expect(JSON.parse(said.stderr)).toMatchObject({ error: 'QUORUM_STANDS' })
  })

  test('two of three lose power: the third says so, its lab nodes run on, what needs a majority is refused with names', async () => {
    before = { numbers: await numbers('q1', 'one'), container: await container('q1', 'one', 'n0') }
    await Promise.all([bed.kill('q2'), bed.kill('q3')])
    const view = await alone('q1')
    expect(view).toMatchObject({ quorum: { have: 1, need: 2 }, missing: ['q2', 'q3'], epoch: 1 })
    expect(view.next.join('\n')).toMatch(/start q2, q3[\s\S]*skein quorum recover/)
    const text = (await hosts.skein('q1', 'quorum', 'status')).stdout
    expect(text).toMatch(/no majority, missing q2, q3[\s\S]*works[\s\S]*waits[\s\S]*next/)
    const token = await hosts.skein('q1', 'token', 'create')
    expect(token.code).toBe(1)
    expect(token.stderr).toMatch(/no majority[\s\S]*q2, q3[\s\S]*hint: /)
    expect(await container('q1', 'one', 'n0')).toBe(before.container)
    expect((await hosts.skein('q1', 'lab', 'exec', 'one', 'n0', '--', 'true')).code).toBe(0)
  })

  test('it must be confirmed; then commands work within seconds, numbers and containers are as they were', async () => {
    expect(await hosts.skein('q1', 'quorum', 'recover')).toMatchObject({ code: 2 })
    expect(await hosts.skein('q1', 'quorum', 'recover', '--confirm', 'q2')).toMatchObject({ code: 2 })
    const done = await hosts.json<RecoveredView>('q1', 'quorum', 'recover', '--confirm', 'q1')
    expect(done).toMatchObject({ host: 'q1', formerEpoch: 1 })
    expect(done.epoch).toBeGreaterThan(1)
    await until('a token', 5_000, () => hosts.json<{ token: string }>('q1', 'token', 'create'))
    expect((await bed.run('q1', ['stat', '-c', '%a', done.copy])).stdout.trim()).toBe('600')
    expect(await numbers('q1', 'one')).toEqual(before.numbers)
    expect(await container('q1', 'one', 'n0')).toBe(before.container)
    const { values } = await hosts.json<{ values: number[] }>(
      'q1',
      ...['allocation', 'reserve', 'vni', '--owner', 'after', '--count', '4'],
    )
    for (const vni of before.numbers) expect(values).not.toContain(vni)
    expect(await up('q1', row('two', ['q1', 'q1']))).toMatchObject({ code: 0 })
  })

  test('hosts that come back join the new epoch with their lab nodes and the same numbers, and vote again', async () => {
    await bed.boot('q2')
    await hosts.start('q2')
    await until('q2 follows q1', 60_000, async () => (await status('q2')).leader === 'q1')
    await until('n1 runs again', 60_000, async () =>
      (await show('q2', 'one')).nodes.some(({ name, state }) => name === 'n1' && state === 'running'),
    )
    expect(await numbers('q2', 'one')).toEqual(before.numbers)
    await pings('q1', 'one', 'n0', '10.0.1.2')
    await bed.boot('q3')
    await hosts.start('q3')
    for (const host of bed.hosts) await voters(host, 3)
    await oneEpoch()
    await until('the whole lab is up', 60_000, async () => (await show('q1', 'one')).state === 'up')
    expect(await numbers('q3', 'one')).toEqual(before.numbers)
    expect(await container('q1', 'one', 'n0')).toBe(before.container)
    expect((await bed.run('q2', ['ls', '/var/lib/skein/log-copies'])).stdout).toMatch(/epoch-1\.json/)
  })

  test('two that were only cut off bring no decision back: they drop their log, and what they run is taken over', async () => {
    const former = (await status('q1')).epoch
    await bed.cut('q1')
    await alone('q1')
    await until('the others have a leader', 40_000, async () => {
      const { leader } = await status('q2')
      return leader === 'q2' || leader === 'q3'
    })
    expect(await up('q2', row('later', ['q2', 'q3']))).toMatchObject({ code: 0 })
    const { id } = await hosts.json<{ id: string }>('q2', 'token', 'create')
    const theirs = { numbers: await numbers('q2', 'later'), container: await container('q2', 'later', 'n0') }
    const { epoch } = await hosts.json<RecoveredView>('q1', 'quorum', 'recover', '--confirm', 'q1')
    expect(epoch).toBeGreaterThan(former)
    await bed.heal()
    expect(await oneEpoch()).toBe(epoch)
    for (const host of bed.hosts) await voters(host, 3)
    await until('their lab is up in the new epoch', 60_000, async () => (await show('q1', 'later')).state === 'up')
    expect(await numbers('q1', 'later')).toEqual(theirs.numbers)
    expect(await container('q2', 'later', 'n0')).toBe(theirs.container)
    for (const host of bed.hosts) {
      const tokens = await hosts.json<{ id: string }[]>(host, 'token', 'ls')
      expect(tokens.map((token) => token.id)).not.toContain(id)
    }
    const held = await hosts.json<{ pool: string; value: number; owner: string }[]>('q3', 'allocation', 'ls')
    const vnis = held.filter(({ pool }) => pool === 'vni').map(({ value }) => value)
    expect(new Set(vnis).size).toBe(vnis.length)
    expect(vnis).toEqual(expect.arrayContaining([...before.numbers, ...theirs.numbers]))
    await pings('q3', 'later', 'n0', '10.0.1.2')
  })
})

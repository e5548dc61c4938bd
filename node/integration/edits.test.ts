import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Edit, edits, type LabText, NODES, ringLab, ringText } from '#testing/edited-lab.ts'
import { differing, type LabState, readLabState } from '#testing/lab-state.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg']
const FOLDER = '/tmp/ring'

interface Plan {
  readonly nodes: readonly { readonly name: string; readonly change: string; readonly why: string }[]
  readonly links: readonly { readonly id: string; readonly change: string; readonly why: string }[]
  readonly missing: readonly { readonly image: string; readonly hosts: readonly string[] }[]
  readonly commands?: readonly { readonly host: string; readonly rounds: readonly unknown[] }[]
}

describeReal('a running lab is edited', TOOLS, () => {
  const bed = testbed({ prefix: 'a', hosts: 3, net: '10.63' })
  const hosts = skeinHosts(bed)
  const lab: LabText = ringLab(bed.hosts)
  let state: LabState
  const write = (path: string, stdin: string) =>
    bed.run('a1', ['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat > "$0"', `${FOLDER}/${path}`], { stdin })
  const put = async ({ files = {} }: Pick<Edit, 'files'>) => {
    for (const [path, text] of Object.entries(files)) await write(path, text ?? '')
    await write('ring.clab.yml', ringText(lab))
  }
  const up = async (...more: readonly string[]) => {
    const said = await hosts.skein('a1', 'lab', 'up', FOLDER, '--timeout', '120s', ...more)
    expect(said, said.stderr).toMatchObject({ code: 0 })
    return said
  }
  const plan = (...more: readonly string[]) => hosts.json<Plan>('a1', 'lab', 'plan', FOLDER, ...more)

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await put({ files: Object.fromEntries(NODES.slice(0, 3).map((name) => [`conf/${name}.conf`, name])) })
    await up('-m', 'the ring', '--revision-name', 'ring')
    state = await readLabState(hosts, 'ring')
  })
  afterAll(() => bed.down())

  describe('touching what the edit names, as the plan said', () => {
    test.each(edits(bed.hosts).map((edit) => [edit.what, edit] as const))('%s', async (_, edit) => {
      edit.edit(lab)
      await put(edit)
      const planned = await plan()
      await up()
      const after = await readLabState(hosts, 'ring')
      const ids = new Set([...state.links.keys(), ...after.links.keys()])
      const links = (edit.links ?? []).flatMap((end) => [...ids].filter((id) => id.split('--').includes(end)))
      const touched = { nodes: differing(state.nodes, after.nodes), links: differing(state.links, after.links) }
      state = after
      expect(touched).toEqual({ nodes: (edit.nodes ?? []).toSorted(), links: [...new Set(links)].toSorted() })
      for (const [end, address] of Object.entries(edit.addresses ?? {})) expect(after.addresses.get(end)).toBe(address)
      const change = <Row extends { readonly change: string }>(rows: readonly Row[]) =>
        rows.filter((row) => row.change !== 'keep')
      expect(
        change(planned.nodes)
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(touched.nodes)
      // Where links differ in MTU, Open vSwitch in userspace has all senders cut packets themselves: a switch that is no part of the state read.
      const isOffload = ({ why }: { readonly why: string }) => /^checksum offload is \S+, \S+ is wanted$/.test(why)
      expect(
        change(planned.links)
          .filter((link) => !isOffload(link))
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(touched.links)
    })
  })

  test('a changed list of commands did not run', async () => {
    const ran = await hosts.skein('a1', 'lab', 'exec', 'ring', 'n7', '--', 'test', '-e', '/tmp/ran')
    expect(ran.code).toBe(1)
  })

  test('every host tells the history; a rollback brings back what was, and only touches what differs', async () => {
    for (const host of bed.hosts) {
      const rows = await hosts.json<{ revision: number; name?: string }[]>(host, 'lab', 'history', 'ring')
      expect(rows.length).toBeLessThanOrEqual(20)
      expect(rows.at(-1)).toMatchObject({ isCurrent: true })
    }
    const rows = await hosts.json<{ revision: number }[]>('a3', 'lab', 'history', 'ring')
    const [before = 0] = rows.slice(-2).map(({ revision }) => revision)
    const diff = await hosts.skein('a3', 'lab', 'diff', 'ring', String(before))
    expect(diff, diff.stderr).toMatchObject({ code: 0 })
    Object.assign(lab.nodes.n4 ?? {}, { env: { LEVEL: '3' } })
    await put({})
    await up()
    const edited = await readLabState(hosts, 'ring')
    const last = rows.at(-1)?.revision ?? 0
    const back = await hosts.skein('a3', 'lab', 'rollback', 'ring', String(last), '--timeout', '120s')
    expect(back, back.stderr).toMatchObject({ code: 0 })
    expect(back.stdout).toContain('1 node recreated, 14 untouched')
    const after = await readLabState(hosts, 'ring')
    expect(differing(edited.nodes, after.nodes)).toEqual(['n4'])
    const env = await hosts.skein('a2', 'lab', 'exec', 'ring', 'n4', '--', 'printenv', 'LEVEL')
    expect(env.stdout.trim()).toBe('2')
    const text = await hosts.skein('a2', 'lab', 'export', 'ring')
    expect(text.stdout).toContain('LEVEL: "2"')
    state = after
  })

  test('the commands of a plan are those that run, and none where nothing is to be done', async () => {
    const quiet = await plan('--commands')
    expect(quiet.nodes.filter(({ change }) => change !== 'keep').map(({ name }) => name)).toEqual(['n4'])
    const busy = quiet.commands?.filter(({ rounds }) => rounds.length > 0).map(({ host }) => host)
    expect(busy).toEqual(['a1'])
    expect(JSON.stringify(quiet.commands)).toContain('/containers/create?name=clab-ring-n4')
  })

  test('images that are missing are told of all hosts at once, within some seconds, and nothing is touched', async () => {
    const wrong: LabText = structuredClone(lab)
    Object.assign(wrong.nodes.n1 ?? {}, { image: 'nobody/has:1' })
    Object.assign(wrong.nodes.n2 ?? {}, { image: 'nobody/has:2' })
    await write('ring.clab.yml', ringText(wrong))
    const startMs = performance.now()
    const said = await hosts.skein('a1', 'lab', 'up', FOLDER)
    expect(performance.now() - startMs).toBeLessThan(20_000)
    expect(said.code).toBe(1)
    expect(said.stderr).toMatch(/image nobody\/has:1\b.* is not on a1/)
    expect(said.stderr).toMatch(/image nobody\/has:2\b.* is not on a2/)
    const after = await readLabState(hosts, 'ring')
    expect(differing(state.nodes, after.nodes)).toEqual([])
    expect((await plan()).missing.map(({ image }) => image)).toEqual(['nobody/has:1', 'nobody/has:2'])
  })

  test('history outlives the lab', async () => {
    await hosts.json('a1', 'lab', 'down', 'ring')
    await until('a2 knows', 20_000, async () => (await hosts.json<unknown[]>('a2', 'lab', 'ls')).length === 0)
    expect((await hosts.json<unknown[]>('a2', 'lab', 'history', 'ring')).length).toBeGreaterThan(1)
  })
})

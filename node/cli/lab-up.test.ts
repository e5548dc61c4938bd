import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LabView } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import { BOUND_FILE, TWO_LAB } from '#testing/samples.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  await mkdir(join(world.folder, 'conf'))
  await put(BOUND_FILE.path, BOUND_FILE.text)
  await put('two.clab.yml', TWO_LAB)
})
afterEach(() => world[Symbol.asyncDispose]())

const put = (name: string, text: string) => writeFile(join(world.folder, name), text)
const show = (change: Partial<LabView>) => world.agent.show('two', (view) => ({ ...view, ...change }))
const waitFor =
  (code: 'NO_QUORUM' | 'PLACEMENT_IMPOSSIBLE', message: string, details = {}) =>
  () =>
    show({ waiting: { code, message, details } })

describe('lab validate', () => {
  it('says what is in a good one', async () => {
    const result = { code: 0, err: '', out: 'two.clab.yml: valid: lab two, 2 nodes, 1 link\n' }
    expect(await world.run(['lab', 'validate', 'two.clab.yml'])).toEqual(result)
    expect(await world.run(['lab', 'validate', '.'])).toEqual(result)
    expect(await world.run(['lab', 'validate', '-'], { stdin: TWO_LAB })).toMatchObject({
      code: 0,
      out: /^stdin: valid/,
    })
    expect(JSON.parse((await world.run(['lab', 'validate', '.', '--json'])).out)).toEqual({ valid: true, problems: [] })
  })

  it('lists every problem with its line, missing files too', async () => {
    await put('two.clab.yml', TWO_LAB.replace('conf/a.txt', 'conf/b.txt').replace('"b:eth1"', '"c:eth1"'))
    const { code, out } = await world.run(['lab', 'validate', 'two.clab.yml'])
    expect(code).toBe(2)
    expect(out).toMatch(/^two\.clab\.yml:4:\d+: error: `conf\/b\.txt` cannot be read: it does not exist \(binds\)\n/)
    expect(out).toMatch(/\ntwo\.clab\.yml:7:\d+: error: .*\ntwo\.clab\.yml: not valid: 2 errors\n$/)
    const json = await world.run(['lab', 'validate', 'two.clab.yml', '--json'])
    expect(json).toMatchObject({ code: 2, err: '' })
    expect(JSON.parse(json.out)).toMatchObject({ valid: false, problems: [{ line: 4 }, { line: 7 }] })
  })

  it('forgives unknown keys with --lenient', async () => {
    await put('two.clab.yml', TWO_LAB.replace('image: alpine }', 'image: alpine, nonsense: 1 }'))
    expect(await world.run(['lab', 'validate', '.'])).toMatchObject({ code: 2 })
    const { code, out } = await world.run(['lab', 'validate', '.', '--lenient'])
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/:5:\d+: warning: [\s\S]*valid: .*, 1 warning\n$/),
    })
  })

  it.each([
    ['no file', 'none.yml', 'cannot read none.yml: it does not exist'],
    ['a folder without', 'conf', 'conf holds no *.clab.yml'],
    ['a binary', 'bin.yml', 'bin.yml is not UTF-8 text'],
  ])('refuses %s', async (_what, file, message) => {
    await writeFile(join(world.folder, 'bin.yml'), Buffer.from([0xff, 0xfe, 0x00]))
    expect(await world.run(['lab', 'validate', file])).toMatchObject({ code: 2, err: expect.stringContaining(message) })
  })

  it('refuses a folder with several', async () => {
    await put('three.clab.yaml', TWO_LAB)
    expect(await world.run(['lab', 'validate', '.'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('. holds several topologies: three.clab.yaml, two.clab.yml'),
    })
  })
})

const TODO = 'lab two, generation 1: 2 nodes to make; 1 link to make; 1 file to make\n'

describe('lab up', () => {
  it('says what is worth knowing, and passes on that large packets are to be refused', async () => {
    const wishes: (boolean | undefined)[] = []
    world.agent.submit = async (intent) => {
      wishes.push(intent.strictMtu)
      return { generation: 1, changes: null, notes: ['a:eth1--b:eth1: packets go in pieces'] }
    }
    const { err } = await world.run(['lab', 'up', 'two.clab.yml', '--detach'])
    expect(err).toBe('note: a:eth1--b:eth1: packets go in pieces\n')
    await world.run(['lab', 'up', 'two.clab.yml', '--detach', '--strict-mtu'])
    expect(wishes).toEqual([undefined, true])
  })

  it('shows changes as lines, and ends with the tables', async () => {
    const steps = [
      () =>
        show({
          state: 'creating',
          nodes: world.agent.lab('two').nodes.map((node) => ({ ...node, host: 'a', state: 'creating' })),
        }),
      () => world.agent.bringUp('two'),
    ]
    const { code, out, err } = await world.run(['lab', 'up', 'two.clab.yml'], { onWait: () => steps.shift()?.() })
    expect(code).toBe(0)
    expect(err).toBe(
      `${TODO}node a creating on a\nnode b creating on a\nnode a running on a\nnode b running on a\nlink a:eth1--b:eth1 up\n`,
    )
    expect(out).toMatch(/^lab two {2}state up {2}generation 1\n/)
    expect(world.agent.submitted.get('two')?.intent.files).toMatchObject([{ path: 'conf/a.txt', sizeBytes: 2 }])
  })

  it('writes one line over and over on a terminal', async () => {
    const { err } = await world.run(['lab', 'up', '.'], { isTty: true, onWait: () => world.agent.bringUp('two') })
    const erase = '\r\u001b[2K'
    const [first, last] = ['two pending: 0/2 nodes running, 0/1 links up', 'two up: 2/2 nodes running, 1/1 links up']
    expect(err).toBe(`${TODO}${first}${erase}${last}${erase}`)
  })

  it('prints the lab alone with --json', async () => {
    const { code, out, err } = await world.run(['lab', 'up', '.', '--json'], {
      onWait: () => world.agent.bringUp('two'),
    })
    expect({ code, err, lab: JSON.parse(out) }).toEqual({
      code: 0,
      err: '',
      lab: { ...world.agent.lab('two'), changes: expect.objectContaining({ nodes: expect.anything() }) },
    })
  })

  it('does not wait with --detach', async () => {
    expect(await world.run(['lab', 'up', '.', '--detach'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^lab two submitted, generation 1: 2 nodes to make; /),
    })
    const { out } = await world.run(['lab', 'up', '.', '--detach', '--json'])
    expect(JSON.parse(out)).toMatchObject({ lab: 'two', generation: 2, warnings: [] })
  })

  it('reads standard input, names, and only the variables that are named', async () => {
    const stdin = TWO_LAB.replace('name: two\n', '').replaceAll('alpine', `$${'{IMAGE:-x}'}`)
    const args = ['lab', 'up', '-', '--name', 'mine', '--detach']
    expect(await world.run(args, { stdin, env: { IMAGE: 'debian', OTHER: 'secret' } })).toMatchObject({ code: 0 })
    expect(world.agent.submitted.get('mine')?.intent.nodes[0]?.image).toBe('debian')
    expect((await world.run(['lab', 'up', '-', '--detach'], { stdin })).code).toBe(2)
  })

  it('starts nothing where the topology has errors', async () => {
    await put('two.clab.yml', TWO_LAB.replace('"b:eth1"', '"c:eth1"'))
    const { code, err } = await world.run(['lab', 'up', 'two.clab.yml'])
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^two\.clab\.yml:7:\d+: error: .*\nerror: two.clab.yml has 1 error\nhint: /),
    })
    const json = await world.run(['lab', 'up', 'two.clab.yml', '--json'])
    expect(JSON.parse(json.err)).toMatchObject({ error: 'BAD_TOPOLOGY', details: { problems: [{ line: 7 }] } })
    expect(world.agent.submitted.size).toBe(0)
  })

  it('ends at once where no host fits', async () => {
    const onWait = waitFor('PLACEMENT_IMPOSSIBLE', 'node a fits nowhere', {
      reasons: ['a: pinned to z, which is down'],
    })
    expect(await world.run(['lab', 'up', '.'], { onWait })).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        / {2}a: pinned to z, which is down\nerror: node a fits nowhere\nhint: Start the hosts named/,
      ),
    })
  })

  it('without a majority says who is missing, and that the lab comes up by itself', async () => {
    let lastMs = 0
    const onWait = (atMs: number) => {
      lastMs = atMs
      waitFor('NO_QUORUM', '1 of 2 voters answers', { missing: ['b', 'c'] })()
    }
    const { code, err } = await world.run(['lab', 'up', '.'], { onWait })
    expect(code).toBe(1)
    expect(err).toMatch(
      /\nerror: 1 of 2 voters answers; lab two comes up by itself once a majority is back \(missing: b, c\)\nhint: /,
    )
    expect(lastMs).toBeGreaterThanOrEqual(5000)
    expect(lastMs).toBeLessThan(7000)
  })

  it('asks who is missing where the lab does not say', async () => {
    world.agent.leaderView = {
      leader: null,
      term: 4,
      ageMs: null,
      voters: ['a', 'b'],
      quorum: { have: 1, need: 2 },
      missing: ['b'],
    }
    const { err } = await world.run(['lab', 'up', '.'], { onWait: waitFor('NO_QUORUM', 'no majority') })
    expect(err).toContain('(missing: b)')
  })

  it('looks twice as often once all nodes run: their links are there in a moment', async () => {
    const looks: number[] = []
    const onWait = (atMs: number) => {
      looks.push(atMs)
      if (looks.length === 4) return world.agent.bringUp('two')
      const state = looks.length < 2 ? 'creating' : 'running'
      return show({ nodes: world.agent.lab('two').nodes.map((node) => ({ ...node, state })) })
    }
    expect(await world.run(['lab', 'up', '.'], { onWait })).toMatchObject({ code: 0 })
    expect(looks.map((atMs, i) => atMs - (looks[i - 1] ?? 0))).toEqual([300, 300, 150, 150])
  })

  it('goes on where the majority comes back in time', async () => {
    const onWait = (atMs: number) => (atMs < 4000 ? waitFor('NO_QUORUM', 'no majority')() : world.agent.bringUp('two'))
    expect(await world.run(['lab', 'up', '.'], { onWait })).toMatchObject({ code: 0 })
  })

  it('lists what failed, when it stays so', async () => {
    const onWait = () =>
      world.agent.show('two', (view) => ({
        ...view,
        state: 'error',
        nodes: view.nodes.map((node) => ({ ...node, state: 'error', error: 'no image' })),
      }))
    const { code, err } = await world.run(['lab', 'up', '.'], { onWait })
    expect(code).toBe(1)
    expect(err).toMatch(
      / {2}node a: error: no image\n {2}node b: error: no image\n {2}link a:eth1--b:eth1: pending\nerror: lab two is in state error, unchanged for 20s\nhint: /,
    )
    const json = await world.run(['lab', 'up', '.', '--json'], { onWait })
    expect(JSON.parse(json.err)).toMatchObject({ error: 'TOOL_FAILED', details: { lab: { name: 'two' } } })
  })

  it('passes its time limit', async () => {
    const { code, err } = await world.run(['lab', 'up', '.', '--timeout', '3s'])
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        / {2}node a: pending\n[\s\S]*error: lab two is not up after 3s\nhint: It goes on in the background/,
      ),
    })
  })

  it('on Ctrl-C says that the lab goes on', async () => {
    const { code, err } = await world.run(['lab', 'up', '.'], { onWait: (_atMs, interrupt) => interrupt() })
    expect({ code, err }).toEqual({
      code: 130,
      err: `${TODO}error: interrupted\nhint: Lab two goes on converging. Look with \`skein lab show two\`, end it with \`skein lab down two\`.\n`,
    })
  })

  it('bears an agent that starts again', async () => {
    const steps = [() => world.stopApi(), () => {}, () => world.startApi(), () => world.agent.bringUp('two')]
    expect(await world.run(['lab', 'up', '.'], { onWait: () => steps.shift()?.() })).toMatchObject({ code: 0 })
  })

  it('gives up on one that stays away', async () => {
    expect(await world.run(['lab', 'up', '.'], { onWait: () => world.stopApi() })).toMatchObject({ code: 3 })
  })

  it('notices that the lab was taken down', async () => {
    const onWait = () => void world.agent.views.delete('two')
    expect(await world.run(['lab', 'up', '.'], { onWait })).toMatchObject({
      code: 1,
      err: expect.stringContaining('taken down meanwhile'),
    })
  })

  it('tells why the agent refused it', async () => {
    world.agent.fail('submit', new MeshError('POOL_EXHAUSTED', 'no VNI is free'))
    expect(await world.run(['lab', 'up', '.'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('error: no VNI is free'),
    })
  })
})

describe('lab down', () => {
  beforeEach(() => world.run(['lab', 'up', '.', '--detach']))

  it.each([['two'], ['two.clab.yml'], ['.']])('takes %s down', async (argument) => {
    expect(await world.run(['lab', 'down', argument])).toEqual({ code: 0, out: 'lab two is down\n', err: '' })
    expect(world.agent.views.size).toBe(0)
  })

  it('waits until it is gone', async () => {
    world.agent.removesAtOnce = false
    const onWait = (atMs: number) => void (atMs > 2000 && world.agent.views.delete('two'))
    const { code, out } = await world.run(['lab', 'down', 'two', '--json'], { onWait })
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 0, name: 'two', state: 'down' })
  })

  it('waits for hosts that still have something of it', async () => {
    world.agent.removesAtOnce = false
    const onWait = (atMs: number) =>
      atMs < 3000 ? show({ state: 'down', notes: ['b is still taking it down'] }) : void world.agent.views.delete('two')
    expect(await world.run(['lab', 'down', 'two'], { onWait })).toMatchObject({ code: 0 })
    await world.run(['lab', 'up', '.', '--detach'])
    const late = await world.run(['lab', 'down', 'two', '--timeout', '2s'], { onWait })
    expect(late).toMatchObject({ code: 1, err: expect.stringContaining('  b is still taking it down\nerror: lab two') })
  })

  it('takes the state down for gone', async () => {
    world.agent.removesAtOnce = false
    expect(await world.run(['lab', 'down', 'two'], { onWait: () => show({ state: 'down' }) })).toMatchObject({
      code: 0,
    })
  })

  it('passes its time limit', async () => {
    world.agent.removesAtOnce = false
    expect(await world.run(['lab', 'down', 'two', '--timeout', '2s'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('lab two is not down after 2s'),
    })
  })

  it('says what it waits for', async () => {
    world.agent.removesAtOnce = false
    const onWait = waitFor('NO_QUORUM', '1 of 2 voters answers', { missing: ['b'] })
    expect(await world.run(['lab', 'down', 'two'], { onWait })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/goes down by itself .*\(missing: b\)/),
    })
  })

  it('on Ctrl-C says that it goes on', async () => {
    world.agent.removesAtOnce = false
    expect(await world.run(['lab', 'down', 'two'], { onWait: (_atMs, interrupt) => interrupt() })).toMatchObject({
      code: 130,
    })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const TWO = `name: two
topology:
  nodes:
    a: { kind: linux, image: alpine }
    b: { kind: linux, image: alpine }
  links:
    - endpoints: [a:eth1, b:eth1]
`
const LINK = 'a:eth1--b:eth1'
let world: CliWorld

beforeEach(async () => {
  world = await createCliWorld()
  await world.run(['lab', 'up', '-', '--detach'], { stdin: TWO })
  world.agent.bringUp('two')
})
afterEach(() => world[Symbol.asyncDispose]())

/** The link of the lab as it is from now on. */
const link = (change: { state: 'up' | 'error'; error?: string; doing?: string }): void =>
  world.agent.show('two', (view) => ({
    ...view,
    links: view.links.map(({ error: _error, doing: _doing, ...rest }) => ({ ...rest, ...change })),
  }))
/** What happens at each wait of the command line, in this order; then Ctrl-C. */
const script = (...steps: readonly (() => void | Promise<void>)[]) => {
  const left = [...steps]
  return {
    onWait: async (_atMs: number, interrupt: () => void) => {
      const next = left.shift()
      if (next === undefined) interrupt()
      else await next()
    },
  }
}

describe('lab links --watch', () => {
  it('tells each change of a link in a JSON line, and ends well on Ctrl-C', async () => {
    const steps = script(
      () => link({ state: 'error', error: 'a:eth1 on a: bridge port x: missing', doing: 'being mended' }),
      () => undefined,
      () => link({ state: 'up' }),
    )
    const { code, out, err } = await world.run(['lab', 'links', 'two', '--watch'], steps)
    const lines = out.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { lab: 'two', id: LINK, state: 'up' },
      { id: LINK, state: 'error', error: 'a:eth1 on a: bridge port x: missing', doing: 'being mended' },
      { id: LINK, state: 'up' },
    ])
    expect([code, err]).toEqual([0, ''])
  })

  it('writes a table over and over on a terminal, only when it changed; --json still means lines', async () => {
    const steps = () =>
      script(
        () => undefined,
        () => link({ state: 'error', error: 'bridge skein0: missing', doing: 'being mended' }),
      )
    const { out } = await world.run(['lab', 'links', 'two', '--watch'], { ...steps(), isTty: true })
    const [before, ...frames] = out.split('\u001b[H\u001b[J')
    expect(before).toBe('')
    expect(frames).toHaveLength(2)
    expect(frames[0]).toMatch(
      /^two up: 2\/2 nodes running, 1\/1 links up\n\nLINK +STATE +VNI +MTU +ENDS +ERROR +DOING\n/,
    )
    expect(frames[1]).toMatch(/error[\s\S]*bridge skein0: missing +being mended\n$/)
    link({ state: 'up' })
    const asJson = await world.run(['lab', 'links', 'two', '--watch', '--json'], { ...steps(), isTty: true })
    expect(JSON.parse(asJson.out.split('\n')[0] ?? '')).toMatchObject({ id: LINK, state: 'up' })
  })

  it('goes on over a restart of the agent, and says so', async () => {
    const steps = script(
      () => world.stopApi(),
      ...Array.from({ length: 200 }, () => () => undefined),
      () => world.startApi(),
      () => link({ state: 'error', error: 'bridge skein0: missing' }),
    )
    const { code, out, err } = await world.run(['lab', 'links', 'two', '--watch'], steps)
    expect(err).toBe('the agent does not answer; waiting for it\nthe agent answers again\n')
    expect(out.trim().split('\n')).toHaveLength(2)
    expect(code).toBe(0)
  })

  it('ends when the lab is down, and fails where there is none', async () => {
    const steps = script(() => void world.agent.views.delete('two'))
    expect(await world.run(['lab', 'links', 'two', '--watch'], steps)).toMatchObject({
      code: 0,
      err: 'lab two is down\n',
    })
    expect(await world.run(['lab', 'links', 'two', '--watch'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no lab named two'),
    })
  })
})

describe('lab reconcile', () => {
  const repaired = {
    op: 'update',
    what: 'bridge port x',
    reason: 'VLAN tag is 7, 100 is wanted',
    ok: true,
    message: null,
    ms: 12,
  }

  it('says what each host found and did', async () => {
    world.agent.reconciled = [
      { host: 'a', done: [repaired], wrong: [] },
      { host: 'b', done: [], wrong: [] },
    ]
    expect(await world.run(['lab', 'reconcile', 'two'])).toMatchObject({
      code: 0,
      out: 'a: 1 done, 0 wrong\n  done    update bridge port x: VLAN tag is 7, 100 is wanted (12 ms)\nb: all as wanted\n',
    })
    const { out } = await world.run(['lab', 'reconcile', 'two', '--json'])
    expect(JSON.parse(out)).toEqual({ lab: 'two', hosts: world.agent.reconciled })
  })

  it('exits 1 where something stays wrong or a host cannot be asked, and says what', async () => {
    const failed = { ...repaired, ok: false, message: 'no such bridge' }
    const wrong = [{ what: 'bridge port x', reason: 'missing', error: 'no such bridge' }]
    world.agent.reconciled = [{ host: 'a', done: [failed], wrong }]
    expect(await world.run(['lab', 'reconcile', 'two'])).toMatchObject({
      code: 1,
      out: [
        'a: 1 done, 1 wrong',
        '  failed  update bridge port x: VLAN tag is 7, 100 is wanted: no such bridge',
        '  wrong   bridge port x: missing: no such bridge\n',
      ].join('\n'),
    })
    world.agent.reconciled = [{ host: 'b', done: [], wrong: [], unreachable: 'host b is down' }]
    expect(await world.run(['lab', 'reconcile', 'two'])).toMatchObject({
      code: 1,
      out: 'b: not reached: host b is down\n',
    })
  })

  it('waits until the lab is up where asked to, and fails with what is not', async () => {
    world.agent.show('two', (view) => ({ ...view, state: 'degraded' }))
    link({ state: 'error', error: 'bridge skein0: missing' })
    const back = () => world.agent.bringUp('two')
    const steps = script(
      () => undefined,
      back,
      () => undefined,
    )
    expect((await world.run(['lab', 'reconcile', 'two', '--wait'], steps)).code).toBe(0)
    world.agent.show('two', (view) => ({ ...view, state: 'degraded' }))
    link({ state: 'error', error: 'bridge skein0: missing' })
    const late = await world.run(['lab', 'reconcile', 'two', '--wait', '--timeout', '3s'])
    expect(late).toMatchObject({ code: 1, err: expect.stringContaining(`link ${LINK}: error: bridge skein0: missing`) })
  })
})

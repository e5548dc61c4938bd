import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AllocationView, HostView, LabSummary, LabView, LeaderView, PlanView, TokenInfo } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import { BOUND_FILE, TWO_LAB } from '#testing/samples.ts'
import type { BootstrapOptions, HostOptions, JoinOptions } from './index.ts'
import type { LabRow, LabShape, PlanShape } from './lab-shapes.ts'
import type { Allocation, Host, Leader, TokenRow } from './shapes.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  await mkdir(join(world.folder, 'conf'))
  await writeFile(join(world.folder, BOUND_FILE.path), BOUND_FILE.text)
  await writeFile(join(world.folder, 'two.clab.yml'), TWO_LAB)
})
afterEach(() => world[Symbol.asyncDispose]())

const up = () => world.run(['lab', 'up', 'two.clab.yml'], { onWait: () => world.agent.bringUp('two') })

it('has the shapes of the agent', () => {
  const same = (views: [HostView, LeaderView, AllocationView, TokenInfo, LabSummary, LabView, PlanView]) => {
    const shapes: [Host, Leader, Allocation, TokenRow, LabRow, LabShape, PlanShape] = views
    return shapes
  }
  expect(same).toBeTypeOf('function')
})

describe('the mesh', () => {
  it('lists hosts', async () => {
    const { code, out, err } = await world.run(['host', 'ls'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.split('\n')[0]).toMatch(/^NAME +STATE +ROLE +SEEN +ADDRESSES +OVERLAY +VERSION +REASON$/)
    expect(out.split('\n')[1]).toMatch(/^a +alive +core +0s +192\.0\.2\.1 +10\.77\.0\.1 +0\.1\.0 +-$/)
    expect(out.split('\n')[2]).toMatch(/^b +down +worker +- +- +10\.77\.0\.2 +- +not heard of/)
    const { out: text } = await world.run(['host', 'ls', '--json'])
    expect(JSON.parse(text)).toEqual(world.agent.hosts())
  })

  it('shows the leader, and who is missing', async () => {
    expect((await world.run(['leader'])).out).toBe(
      'leader  a\nterm    3\nsince   1m ago\nvoters  a\nquorum  1 of 1 there, 1 needed\n',
    )
    world.agent.leaderView = {
      leader: null,
      term: 4,
      ageMs: null,
      voters: ['a', 'b', 'c'],
      quorum: { have: 1, need: 2 },
      missing: ['b', 'c'],
    }
    expect((await world.run(['leader'])).out).toMatch(
      /leader {2}-\n[\s\S]*1 of 3 there, 2 needed: no majority\nmissing b, c\n/,
    )
    expect(JSON.parse((await world.run(['leader', '--json'])).out)).toEqual(world.agent.leaderView)
  })

  it('lists allocations, of one pool too', async () => {
    expect((await world.run(['allocation', 'ls'])).out).toMatch(/vni +4096 +- +frr01\/r1 +3m\nvlan +1 +a /)
    const { out } = await world.run(['allocation', 'ls', '--pool', 'vlan', '--json'])
    expect(JSON.parse(out)).toEqual([
      { pool: 'vlan', value: 1, host: 'a', owner: 'frr01/r1', sinceMs: Date.UTC(2026, 10, 19, 23, 57) },
    ])
  })

  it('prints its version', async () => {
    expect((await world.run(['--version'])).out).toBe('0.1.0\n')
    expect((await world.run(['version'])).out).toBe('skein 0.1.0 (protocol 1)\n')
    expect(JSON.parse((await world.run(['version', '--json'])).out)).toEqual({ version: '0.1.0', protocol: 1 })
  })
})

describe('tokens', () => {
  it('are made, listed, revoked', async () => {
    const made = await world.run([
      'token',
      'create',
      '--role',
      'worker',
      '--ttl',
      '1h30m',
      '--uses',
      '3',
      '--name',
      'b',
    ])
    expect(made).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^skein1\.t1\n\nid t1, role worker, until 1970-01-01T01:30:00/),
    })
    expect((await world.run(['token', 'ls'])).out).toMatch(/t1 +open +worker +3 /)
    expect(JSON.parse((await world.run(['token', 'create', '--json'])).out)).toEqual({
      token: 'skein1.t2',
      id: 't2',
      role: 'core',
      expiresAt: '1970-01-01T01:00:00.000Z',
    })
    expect(await world.run(['token', 'revoke', 't1'])).toEqual({ code: 0, out: 'token t1 revoked\n', err: '' })
    expect(JSON.parse((await world.run(['token', 'ls', '--json'])).out)).toMatchObject([
      { state: 'revoked' },
      { state: 'open' },
    ])
    expect(JSON.parse((await world.run(['token', 'revoke', 't2', '--json'])).out)).toEqual({
      id: 't2',
      state: 'revoked',
    })
  })

  it('that are not there say how to list those that are', async () => {
    const { code, err } = await world.run(['token', 'revoke', 'nope'])
    expect(code).toBe(1)
    expect(err).toContain('hint: List the tokens with `skein token ls`.')
  })

  it('fail with the words of the agent', async () => {
    world.agent.fail('createToken', new MeshError('NO_QUORUM', '1 of 3 voters answers', { missing: ['b', 'c'] }))
    expect(await world.run(['token', 'create'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error: 1 of 3 voters answers \(missing: b, c\)\nhint: Start the hosts/),
    })
    const { code, err } = await world.run(['token', 'create', '--json'])
    expect({ code, ...JSON.parse(err) }).toMatchObject({
      code: 1,
      error: 'NO_QUORUM',
      details: { missing: ['b', 'c'] },
    })
  })
})

describe('bootstrap, join, run', () => {
  it('bootstrap says what comes next', async () => {
    const calls: BootstrapOptions[] = []
    const bootstrap = async (options: BootstrapOptions) => {
      calls.push(options)
      return { id: '12D3', name: options.name, adminCode: 'abc', token: 'skein1.x' }
    }
    const args = ['bootstrap', '--name', 'a', '--advertise', '192.0.2.1', '--data-dir', '/d']
    const { code, out } = await world.run(args, { actions: { bootstrap } })
    expect(code).toBe(0)
    expect(out).toMatch(/host a is the first[\s\S]*admin code abc[\s\S]*skein run\n[\s\S]*skein join skein1\.x --name/)
    expect(calls).toEqual([{ name: 'a', advertise: '192.0.2.1', dataDir: '/d' }])
    const { out: text } = await world.run([...args, '--json'], { actions: { bootstrap } })
    expect(JSON.parse(text)).toEqual({ id: '12D3', name: 'a', adminCode: 'abc', token: 'skein1.x' })
  })

  const joining = (calls: JoinOptions[]) => ({
    join: async (options: JoinOptions) => {
      calls.push(options)
      return { id: '12D3', name: options.name, overlayAddress: '10.77.0.9' }
    },
  })

  it.each([
    ['as an argument', ['skein1.x'], {}],
    ['from standard input', ['-'], { stdin: 'skein1.x\n' }],
    ['from the environment', [], { env: { SKEIN_TOKEN: 'skein1.x' } }],
  ])('join takes its token %s', async (_how, words, settings) => {
    const calls: JoinOptions[] = []
    const result = await world.run(['join', ...words, '--name', 'b'], { ...settings, actions: joining(calls) })
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining('overlay address 10.77.0.9') })
    expect(calls).toEqual([{ token: 'skein1.x', name: 'b' }])
  })

  it('join needs a token', async () => {
    expect(await world.run(['join', '--name', 'b'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no token'),
    })
  })

  it('join tells why it was refused', async () => {
    const join = async () => {
      throw new MeshError('TOKEN_SPENT', 'the token was used')
    }
    expect(await world.run(['join', 'x', '--name', 'b'], { actions: { join } })).toMatchObject({
      code: 1,
      err: /^error: the token was used\nhint: /,
    })
  })

  it('run gets its options', async () => {
    const calls: HostOptions[] = []
    const run = async (options: HostOptions) => void calls.push(options)
    expect(await world.run(['run', '--config', '/c.yaml', '--socket', '/s'], { actions: { run } })).toMatchObject({
      code: 0,
    })
    expect(calls).toEqual([{ configFile: '/c.yaml', socket: '/s' }])
  })
})

describe('labs', () => {
  it('are listed and shown', async () => {
    await up()
    expect((await world.run(['lab', 'ls'])).out).toMatch(/two +up +1 +2\/2 +1\/1 +a\n/)
    expect(JSON.parse((await world.run(['lab', 'ls', '--json'])).out)).toEqual(world.agent.labs())
    const { out } = await world.run(['lab', 'show', 'two'])
    expect(out).toMatch(
      /^lab two {2}state up {2}generation 1\n\nNODE[\s\S]*a +running +linux +a +alpine[\s\S]*a:eth1--b:eth1 +up +- +1500 +a:eth1@a\/1/,
    )
    expect(JSON.parse((await world.run(['lab', 'show', 'two', '--json'])).out)).toEqual(world.agent.lab('two'))
    expect((await world.run(['lab', 'links', 'two'])).out).toMatch(/^LINK[\s\S]*a:eth1--b:eth1 +up/)
    expect(JSON.parse((await world.run(['lab', 'links', 'two', '--json'])).out)).toEqual(world.agent.lab('two').links)
  })

  it.each([['show'], ['links'], ['reconcile'], ['down']])('%s of an unknown one fails', async (verb) => {
    expect(await world.run(['lab', verb, 'nope'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: no lab nope\nhint: /),
    })
  })

  it('exec hands on arguments, output and exit code', async () => {
    await up()
    expect(await world.run(['lab', 'exec', 'two', 'a', '--', 'sh', '-c', 'x', '--json'])).toEqual({
      code: 0,
      out: 'hello\n',
      err: '',
    })
    expect(world.agent.execs).toEqual([{ lab: 'two', node: 'a', argv: ['sh', '-c', 'x', '--json'] }])
    await world.run(['lab', 'exec', '-i', 'two', 'a', '--', 'cat'], { stdin: 'größe' })
    expect(world.agent.execs.at(-1)).toEqual({ lab: 'two', node: 'a', argv: ['cat'], stdin: 'größe' })
    const tooMuch = { stdin: 'x'.repeat(4 * 1024 * 1024 + 1) }
    expect(await world.run(['lab', 'exec', '-i', 'two', 'a', '--', 'cat'], tooMuch)).toMatchObject({ code: 2 })
    world.agent.execResult = { exitCode: 7, stdout: '', stderr: 'no\n', host: 'b' }
    expect(await world.run(['lab', 'exec', 'two', 'a', '--', 'false'])).toEqual({ code: 7, out: '', err: 'no\n' })
    const { code, out } = await world.run(['lab', 'exec', 'two', 'a', '--json', '--', 'false'])
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 7, ...world.agent.execResult })
    expect(await world.run(['lab', 'exec', 'two', 'z', '--', 'ls'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no node z'),
    })
    expect(await world.run(['lab', 'exec', 'two', 'a', 'ls', '-l'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Put --'),
    })
  })

  it('plan shows where nodes go', async () => {
    const { code, out } = await world.run(['lab', 'plan', 'two.clab.yml'])
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(
        /\+ +a +create +a +new +fewest nodes\n[\s\S]*\+ +a:eth1--b:eth1 +create +on a +1500 +new\n/,
      ),
    })
    expect(JSON.parse((await world.run(['lab', 'plan', '--json', 'two.clab.yml'])).out)).toMatchObject({
      lab: 'two',
      warnings: [],
    })
    expect(world.agent.submitted.size).toBe(0)
    world.agent.fail(
      'plan',
      new MeshError('PLACEMENT_IMPOSSIBLE', 'a node fits nowhere', { reasons: ['a: host z is not there'] }),
    )
    expect(await world.run(['lab', 'plan', 'two.clab.yml'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('  a: host z is not there\nerror: a node'),
    })
  })
})

describe('usage', () => {
  it.each([
    [['nonsense']],
    [['lab', 'upp', 'x']],
    [['lab', 'up']],
    [['lab', 'up', 'two.clab.yml', '--timeout', 'soon']],
    [['lab', 'up', 'two.clab.yml', '--nope']],
    [['lab', 'up', 'nowhere.yml']],
    [['lab', 'show', '-x']],
    [['lab', 'show', 'a/b']],
    [['lab', 'exec', 'two', 'a']],
    [['token', 'create', '--role', 'king']],
    [['token', 'create', '--uses', '0']],
    [['token', 'create', '--ttl', '5']],
    [['bootstrap']],
    [['bootstrap', '--name', 'Not Ok']],
    [['bootstrap', '--name', 'a', '--advertise', 'host']],
    [['host', 'ls', '--api', 'ftp://x']],
    [['host', 'ls', 'more']],
  ])('%j is bad: exit code 2, an error and a hint', async (args) => {
    expect(await world.run(args)).toEqual({ code: 2, out: '', err: expect.stringMatching(/^error: .+\nhint: .+\n$/) })
    const { code, err } = await world.run([...args, '--json'])
    expect({ code, ...JSON.parse(err) }).toEqual({
      code: 2,
      error: 'BAD_INPUT',
      message: expect.any(String),
      hint: expect.any(String),
      details: {},
    })
  })

  it.each([[[]], [['lab']], [['token']]])('%j shows help', async (args) => {
    expect(await world.run(args)).toMatchObject({ code: 2, err: expect.stringContaining('Usage: skein') })
  })

  it.each(
    [
      'bootstrap',
      'join',
      'run',
      'host ls',
      'host show',
      'host drain',
      'host undrain',
      'host remove',
      'leader',
      'allocation ls',
      'token create',
      'token ls',
      'token revoke',
      'version',
    ]
      .concat(
        ['validate', 'plan', 'up', 'ls', 'show', 'links', 'reconcile', 'exec', 'down']
          .concat(['snapshot', 'snapshots', 'restore', 'snapshot-delete'])
          .concat(['history', 'diff', 'export', 'rollback'])
          .map((verb) => `lab ${verb}`),
      )
      .map((words) => [words]),
  )('%s --help has an example', async (words) => {
    const { code, out } = await world.run([...words.split(' '), '--help'])
    expect(code).toBe(0)
    expect(out).toContain(`Examples:\n  `)
    expect(out.split('Examples:')[1]).toContain(`skein ${words}`)
  })

  it('tells an unexpected error without its stack', async () => {
    const run = async () => {
      throw new TypeError('x is not a function')
    }
    const { code, err } = await world.run(['run'], { actions: { run } })
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /^error: something unexpected happened: x is not a function\nhint: .*SKEIN_DEBUG=1.*\n$/,
      ),
    })
    const debug = await world.run(['run'], { actions: { run }, env: { SKEIN_DEBUG: '1' } })
    expect(debug.err).toContain('    at ')
  })
})

describe('an agent that does not answer', () => {
  it('that never ran: exit code 3', async () => {
    await world.stopApi()
    const { code, err } = await world.run(['host', 'ls'])
    expect({ code, err }).toEqual({
      code: 3,
      err: `error: no agent is running here: there is no socket ${world.socket}\nhint: Start the agent with \`skein run\`, or name another host with --api.\n`,
    })
    const { err: text } = await world.run(['host', 'ls', '--json'])
    expect(JSON.parse(text)).toMatchObject({ error: 'UNREACHABLE' })
  })

  it('over TCP: exit code 3', async () => {
    const args = ['host', 'ls', '--api', 'http://127.0.0.1:1']
    expect(await world.run(args)).toMatchObject({
      code: 3,
      err: expect.stringContaining('no agent answers at http://127.0.0.1:1'),
    })
  })

  it('is not needed for validate', async () => {
    await world.stopApi()
    expect(await world.run(['lab', 'validate', 'two.clab.yml'])).toMatchObject({ code: 0 })
  })

  it('is named by --api before SKEIN_API before SKEIN_SOCKET', async () => {
    const env = { SKEIN_API: '/no/env', SKEIN_SOCKET: '/no/socket' }
    expect((await world.run(['leader'], { env })).err).toContain('/no/env')
    expect(await world.run(['leader', '--api', `unix:${world.socket}`], { env })).toMatchObject({ code: 0 })
    expect(await world.run(['leader', '--api', world.socket], { env })).toMatchObject({ code: 0 })
    expect(await world.run(['leader', '--socket', world.socket], { env })).toMatchObject({ code: 0 })
  })
})

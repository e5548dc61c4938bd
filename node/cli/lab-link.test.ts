import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const TWO = `name: two
topology:
  nodes:
    a: { kind: linux, image: alpine }
    b: { kind: linux, image: alpine }
  links:
    - endpoints: [a:eth1, b:eth1]
      impairment: { rate: 10mbit }
`
let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  await world.run(['lab', 'up', '-', '--detach'], { stdin: TWO })
  world.agent.bringUp('two')
})
afterEach(() => world[Symbol.asyncDispose]())

/** The link as it is from now on. */
const link = (change: object): void =>
  world.agent.show('two', (view) => ({ ...view, links: view.links.map((one) => ({ ...one, ...change })) }))
const set = (...args: readonly string[]) => world.run(['lab', 'link', 'set', 'two', 'a:eth1', ...args])

describe('lab link set', () => {
  it('asks for what its options say, and shows the link once it is so', async () => {
    link({ impairments: { 'a:eth1': { delayMs: 10 } } })
    const { code, out } = await set(
      '--delay',
      '10ms',
      '--jitter',
      '250us',
      '--loss',
      '1%',
      '--rate',
      'none',
      '--one-end',
    )
    expect(world.agent.linkAsks).toEqual([
      ['two', 'a:eth1', { delayMs: 10, jitterMs: 0.25, lossPercent: 1, rateBps: null, oneEnd: true }],
    ])
    expect(code).toBe(0)
    expect(out).toContain('delay 10ms')
  })

  it.each([
    [['--down'], { down: true }],
    [['--up'], { up: true }],
    [['--clear', '--corrupt', '0.1%'], { corruptPercent: 0.1, clear: true }],
    [['--flap', '5s/10s'], { flap: { downMs: 5_000, upMs: 10_000 } }],
  ])('%j', async (args, body) => {
    expect((await set(...args, '--detach')).code).toBe(0)
    expect(world.agent.linkAsks).toEqual([['two', 'a:eth1', body]])
  })

  it('waits for what is down to be down, and says why it is not yet', async () => {
    link({ state: 'creating', doing: 'a:eth1 on a: being mended' })
    const { code, err } = await set('--down', '--timeout', '2s')
    expect([code, err]).toEqual([1, expect.stringContaining('being mended')])
    link({ state: 'down', doing: undefined })
    const { out } = await set('--down')
    expect(out).toContain('down (asked for)')
  })

  it('tells what the host says of what cannot be done', async () => {
    world.agent.fail('impairLink', new MeshError('PLACEMENT_IMPOSSIBLE', 'a runs on h1 and needs netem for delay 10ms'))
    expect(await set('--delay', '10ms')).toMatchObject({ code: 1, err: expect.stringContaining('needs netem') })
  })

  it.each([
    [[], 'nothing is asked for'],
    [['--one-end'], 'nothing is asked for'],
    [['--down', '--up'], 'make no sense'],
    [['--delay', 'soon'], '10ms'],
    [['--flap', '5s'], '5s/10s'],
    [['--rate', '10'], '10mbit'],
  ])('%j is bad usage', async (args, text) => {
    expect(await set(...args)).toMatchObject({ code: 2, err: expect.stringContaining(text) })
    expect(world.agent.linkAsks).toEqual([])
  })

  it('takes only ends that are ends', async () => {
    expect(await world.run(['lab', 'link', 'set', 'two', 'a', '--down'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('r1:eth1'),
    })
  })
})

describe('lab link show, and lab links', () => {
  it('say what is done to each end', async () => {
    const shown = await world.run(['lab', 'link', 'show', 'two', 'a:eth1'])
    expect(shown.code).toBe(0)
    link({ state: 'down', impairments: { 'a:eth1': { down: true }, 'b:eth1': { delayMs: 5 } } })
    const links = await world.run(['lab', 'links', 'two'])
    expect(links.out).toContain('IMPAIRMENT')
    expect(links.out).toContain('down (asked for)')
    expect(links.out).toContain('down from a:eth1; delay 5ms from b:eth1')
    link({ state: 'up', impairments: undefined })
    expect((await world.run(['lab', 'links', 'two'])).out).not.toContain('IMPAIRMENT')
    expect(await world.run(['lab', 'link', 'show', 'two', 'a:eth9'])).toMatchObject({ code: 1 })
  })
})

describe('lab capture', () => {
  it('writes to a file, or on', async () => {
    world.agent.streamed = ['pc', 'ap']
    const path = join(world.folder, 'r.pcap')
    const filed = await world.run([
      'lab',
      'capture',
      'two',
      'a:eth1',
      '-w',
      'r.pcap',
      '--filter',
      'icmp',
      '--count',
      '3',
      '--duration',
      '30s',
    ])
    expect(filed).toMatchObject({ code: 0, out: '', err: '4 bytes are in r.pcap\n' })
    expect(await readFile(path, 'utf8')).toBe('pcap')
    expect(await world.run(['lab', 'capture', 'two', 'a:eth1', '-w', '-'])).toMatchObject({
      code: 0,
      out: 'pcap',
      err: '',
    })
    expect(world.agent.streamAsks).toEqual([
      { lab: 'two', node: 'a', interface: 'eth1', filter: 'icmp', count: 3, durationMs: 30_000 },
      { lab: 'two', node: 'a', interface: 'eth1' },
    ])
  })

  it('does not fill a terminal, and tells what went wrong', async () => {
    expect(await world.run(['lab', 'capture', 'two', 'a:eth1'], { isTty: true })).toMatchObject({
      code: 2,
      err: expect.stringContaining('terminal'),
    })
    world.agent.fail('capture', new MeshError('BAD_INPUT', 'tcpdump cannot capture this: syntax error'))
    expect(await world.run(['lab', 'capture', 'two', 'a:eth1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('syntax error'),
    })
  })
})

describe('lab logs', () => {
  it('keeps the two streams of a node apart', async () => {
    world.agent.streamed = ['{"stdout":"one\\n"}\n{"std', 'err":"two\\n"}\n{"stdout":"three"}\n']
    expect(await world.run(['lab', 'logs', 'two', 'a', '--tail', '5', '--since', '10m'])).toMatchObject({
      code: 0,
      out: 'one\nthree',
      err: 'two\n',
    })
    expect(world.agent.streamAsks).toEqual([{ lab: 'two', node: 'a', follow: false, tail: 5, sinceMs: 600_000 }])
    expect((await world.run(['lab', 'logs', 'two', 'a', '-f', '--json'])).out.split('\n')[0]).toBe(
      '{"stdout":"one\\n"}',
    )
  })
})

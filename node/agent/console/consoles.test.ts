import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { type ConsoleViewer, consoleViewer } from '#testing/console-viewer.ts'
import { labSample } from '#testing/lab-samples.ts'
import type { ToyTerminal } from '#testing/toy-terminal.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'
import type { ConsoleAsk } from '../port.ts'

const pair = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})
/** Minutes of virtual time are seconds of a busy machine. */
vi.setConfig({ testTimeout: 60_000 })
const ASK: ConsoleAsk = { lab: 'one', node: 'r2', cols: 80, rows: 24, who: 'anna' }

describe('terminals of lab nodes', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  const look = ({ agent }: AgentHost, ask: Partial<ConsoleAsk> = {}): ConsoleViewer =>
    consoleViewer((...how) => agent.console({ ...ASK, ...ask }, ...how))
  const terminal = (at = -1): ToyTerminal => {
    const found = b.streams.terminals.at(at)?.terminal
    if (found === undefined) throw new Error('no terminal was opened')
    return found
  }
  const opened = async (host: AgentHost, ask: Partial<ConsoleAsk> = {}) => {
    const viewer = look(host, ask)
    await until('opened', () => viewer.said.length > 0)
    const [first] = viewer.said
    if (first?.type !== 'opened') throw new Error(`it is ${JSON.stringify(first)}`)
    return { viewer, session: first.session, offset: first.offset }
  }
  const told = async () =>
    (await b.agent.events({ lab: 'one', limit: 1_000 })).events.filter(({ code }) => code.startsWith('CONSOLE'))

  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    await a.agent.submit(pair, new Map())
    await until('up', () => a.agent.lab('one').state === 'up' && b.agent.lab('one').state === 'up')
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('are on the host that has the node, whichever is asked', async () => {
    for (const host of [a, b]) {
      const { viewer } = await opened(host)
      expect(viewer.said[0]).toMatchObject({ type: 'opened', host: 'b', node: 'r2', offset: 0 })
      terminal().print('größe\r\n')
      viewer.type('läuft')
      await until('both ways', () => viewer.text === 'größe\r\n' && terminal().typed === 'läuft')
      viewer.tell({ type: 'resize', cols: 100, rows: 30 })
      await until('resized', () => viewer.said.at(-1)?.type === 'size')
      expect(terminal().sizes).toEqual([{ cols: 100, rows: 30 }])
      terminal().exit(7)
      await until('ended', () => viewer.end !== undefined)
      expect([viewer.end, viewer.said.at(-1)]).toEqual([{}, { type: 'exit', code: 7 }])
    }
    expect((await told()).map(({ code, about, message }) => [code, about, message.replace(/\d+ s/, 'N s')])).toEqual([
      ['CONSOLE_OPENED', 'r2', 'anna opened a terminal, by way of a'],
      ['CONSOLE_CLOSED', 'r2', 'the terminal of anna ended after N s: exit code 7'],
      ['CONSOLE_OPENED', 'r2', 'anna opened a terminal, by way of b'],
      ['CONSOLE_CLOSED', 'r2', 'the terminal of anna ended after N s: exit code 7'],
    ])
  })

  test('wait a minute for one who was cut off, and say again what was missed', async () => {
    const { viewer, session } = await opened(a)
    terminal().print('before ')
    await until('seen', () => viewer.text === 'before ')
    viewer.leave()
    await until('gone', () => viewer.end !== undefined)
    terminal().print('meanwhile ')
    await pass(59_000)
    const back = await opened(b, { session, after: 7 })
    terminal().print('after')
    await until('replayed', () => back.viewer.text === 'meanwhile after')
    expect([back.offset, b.streams.terminals.length]).toEqual([7, 1])
    back.viewer.leave()
    await pass(61_000)
    expect(terminal().isClosed).toBe(true)
    const late = look(a, { session, after: 22 })
    await until('refused', () => late.end !== undefined)
    expect(late.end).toMatchObject({ error: { code: 'NOT_FOUND' } })
    expect((await told()).at(-1)?.message).toContain('nobody came back')
  })

  test('tell how they ended to one who was cut off just before', async () => {
    const { viewer, session } = await opened(a)
    viewer.leave()
    await until('gone', () => viewer.end !== undefined)
    terminal().print('bye')
    terminal().exit(3)
    await pass(1_000)
    const back = await opened(a, { session, after: 0 })
    await until('ended', () => back.viewer.end !== undefined)
    expect([back.viewer.text, back.viewer.said.at(-1)]).toEqual(['bye', { type: 'exit', code: 3 }])
  })

  test('are seen by several: all type but those who only look, and the size fits all who type', async () => {
    const first = await opened(a, { cols: 120, rows: 20 })
    const second = await opened(b, { session: first.session, cols: 100, rows: 40, who: 'ben' })
    const third = await opened(a, { session: first.session, cols: 10, rows: 10, view: true, who: 'cleo' })
    terminal().print('all')
    await until('seen', () => [first, second, third].every(({ viewer }) => viewer.text === 'all'))
    for (const [{ viewer }, text] of [
      [first, '1'],
      [second, '2'],
      [third, '3'],
    ] as const)
      viewer.type(text)
    await until('typed', () => terminal().typed.length === 2)
    await pass(100)
    expect(terminal().typed).not.toContain('3')
    expect(terminal().sizes.at(-1)).toEqual({ cols: 100, rows: 20 })
    second.viewer.leave()
    await until('larger again', () => terminal().sizes.at(-1)?.cols === 120)
    expect((await told()).map(({ message }) => message).slice(1)).toEqual([
      'ben shares a terminal of anna, by way of b',
      'cleo looks at a terminal of anna, by way of a',
    ])
  })

  test('end with their node', async () => {
    const { viewer } = await opened(a)
    await a.agent.remove('one')
    await until('ended', () => viewer.end !== undefined)
    expect(viewer.end).toMatchObject({
      error: { code: 'NOT_FOUND', message: expect.stringContaining('does not run on b') },
    })
    expect(terminal().isClosed).toBe(true)
  })

  test('end with the agent of their host', async () => {
    const { viewer } = await opened(a)
    await mesh.stop(b)
    await until('ended', () => viewer.end !== undefined)
    expect(terminal().isClosed).toBe(true)
  })

  test.each([
    ['a node that is not there', { node: 'r9' }],
    ['a lab that is not there', { lab: 'two' }],
    ['a session that is not there', { session: 'none' }],
  ])('%s is refused', async (_what, ask) => {
    const viewer = look(a, ask)
    await until('refused', () => viewer.end !== undefined)
    expect(viewer.end).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })
})

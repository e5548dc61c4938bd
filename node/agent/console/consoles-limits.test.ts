import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Workload } from '#core/model/resource.ts'
import { type ConsoleViewer, consoleViewer } from '#testing/console-viewer.ts'
import { type ToyTerminal, toyTerminal } from '#testing/toy-terminal.ts'
import type { ConsoleAsk } from '../port.ts'
import { Consoles } from './consoles.ts'

const HOUR_MS = 3_600_000
const ASK: ConsoleAsk = { lab: 'one', node: 'r1', cols: 80, rows: 24, who: 'anna' }

let terminals: ToyTerminal[]
let consoles: Consoles
let running: Partial<Workload> | undefined
let assigned: boolean
let ids = 0
const turn = () => vi.advanceTimersByTimeAsync(1)
const look = async (ask: Partial<ConsoleAsk> = {}, takes = true): Promise<ConsoleViewer> => {
  const viewer = consoleViewer((input, signal) => consoles.watch({ ...ASK, ...ask }, { input, signal, by: 'b' }), {
    takes,
  })
  await turn()
  return viewer
}
const sessionOf = ({ said: [first] }: ConsoleViewer): string => (first?.type === 'opened' ? first.session : '')
const terminal = (): ToyTerminal => terminals.at(-1) ?? toyTerminal({ argv: [], cols: 1, rows: 1 })

beforeEach(() => {
  vi.useFakeTimers()
  terminals = []
  running = { state: 'running', containerId: 'c1' }
  assigned = true
  consoles = new Consoles({
    name: 'a',
    clock: { nowMs: () => Date.now(), monotonicMs: () => Date.now() },
    workload: () => running as Workload | undefined,
    isAssigned: () => assigned,
    commandOf: (_lab, node) => (node === 'router' ? ['vtysh'] : undefined),
    openTerminal: async (_container, wish) => {
      const made = toyTerminal(wish)
      terminals.push(made)
      return made
    },
    tell: () => {},
    newId: () => `s${++ids}`,
  })
})
afterEach(async () => {
  await consoles.stop()
  vi.useRealTimers()
})

test('a host has so many terminals and no more; those that ended leave room', async () => {
  const all = await Promise.all(Array.from({ length: 64 }, (_, at) => look({ who: `user${at % 8}` })))
  expect((await look()).end).toMatchObject({ error: { code: 'BUSY' } })
  terminals[5]?.exit(0)
  await turn()
  expect((await look()).end).toBeUndefined()
  expect(all.filter(({ end }) => end !== undefined)).toHaveLength(1)
})

test('one user has so many of them and no more; those that they left go first', async () => {
  const all = await Promise.all(Array.from({ length: 16 }, () => look()))
  expect((await look()).end).toMatchObject({ error: { code: 'BUSY' } })
  const other = await look({ who: 'bert' })
  other.leave()
  all[3]?.leave()
  await turn()
  expect((await look()).end).toBeUndefined()
  expect(terminals.map(({ isClosed }) => isClosed).indexOf(true)).toBe(3)
  expect(terminals.filter(({ isClosed }) => isClosed)).toHaveLength(1)
  expect((await look()).end).toMatchObject({ error: { code: 'BUSY' } })
})

test('one terminal has so many viewers and no more', async () => {
  const session = sessionOf(await look())
  for (let more = 1; more < 8; more++) expect((await look({ session })).end).toBeUndefined()
  expect((await look({ session })).end).toMatchObject({ error: { code: 'BUSY' } })
})

test('one that nobody uses ends after hours, and any after a day', async () => {
  const [idle, used] = [await look(), await look()]
  for (let hours = 0; hours < 7; hours++) {
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    used.type('x')
  }
  await vi.advanceTimersByTimeAsync(HOUR_MS + 120_000)
  expect([idle.end, used.end]).toMatchObject([{ error: { code: 'TIMEOUT' } }, undefined])
  for (let hours = 0; hours < 16; hours++) {
    used.type('x')
    await vi.advanceTimersByTimeAsync(HOUR_MS)
  }
  expect(used.end).toMatchObject({ error: { code: 'TIMEOUT' } })
  expect(terminals.every(({ isClosed }) => isClosed)).toBe(true)
})

test('a viewer that takes nothing holds the program, and nothing is lost', async () => {
  const viewer = await look({}, false)
  for (let line = 0; line < 1_000; line++) terminal().print(`${line} ${'x'.repeat(1_000)}\n`)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(viewer.text.length).toBeLessThanOrEqual(128 * 1024)
  expect(terminal().unread).toBeGreaterThan(600_000)
  viewer.leave()
  await turn()
  const back = await look({ session: sessionOf(viewer), after: 0 })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(back.text.split('\n').map((line) => line.split(' ')[0])).toEqual([
    ...Array.from({ length: 1_000 }, (_, i) => `${i}`),
    '',
  ])
})

test('a viewer that takes nothing holds others for a moment only', async () => {
  const stuck = await look({}, false)
  const other = await look({ session: sessionOf(stuck) })
  for (let line = 0; line < 1_000; line++) terminal().print(`${'x'.repeat(999)}\n`)
  await vi.advanceTimersByTimeAsync(30_000)
  expect([stuck.end, other.text.length]).toMatchObject([{ error: { code: 'BUSY' } }, 1_000_000])
})

test('what the node does not take is bounded, and does not keep output from being acknowledged', async () => {
  const viewer = await look({ counts: true })
  terminal().takes = false
  viewer.type('y'.repeat(60_000))
  for (let line = 0; line < 500; line++) terminal().print(`${'x'.repeat(999)}\n`)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(viewer.text).toHaveLength(500_000)
  terminal().takes = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(viewer.said.at(-1)).toEqual({ type: 'taken', bytes: 60_000 })
  terminal().takes = false
  for (let piece = 0; piece < 40; piece++) viewer.type('y'.repeat(30_000))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(viewer.end).toMatchObject({ error: { code: 'BUSY' } })
})

test('it ends where the node went, and where it is another one now', async () => {
  for (const now of [
    { state: 'exited' as const, containerId: 'c1' },
    { state: 'running' as const, containerId: 'c2' },
  ]) {
    running = { state: 'running', containerId: 'c1' }
    const viewer = await look()
    running = now
    consoles.saw()
    await turn()
    expect(viewer.end).toMatchObject({ error: { code: 'NOT_FOUND' } })
  }
  const viewer = await look()
  terminal().exit(undefined)
  await turn()
  expect(viewer.end).toMatchObject({ error: { code: 'NOT_FOUND' } })
})

test('it goes on while its engine does not answer, and ends where the node is to be here no more', async () => {
  const viewer = await look()
  running = undefined
  consoles.saw()
  await turn()
  expect(viewer.end).toBeUndefined()
  assigned = false
  consoles.saw()
  await turn()
  expect(viewer.end).toMatchObject({ error: { code: 'NOT_FOUND' } })
})

test('it runs what its kind says, else a shell', async () => {
  await look({ node: 'router' })
  expect(terminal().wish.argv.slice(-1)).toEqual(['vtysh'])
  await look()
  expect(terminal().wish).toMatchObject({
    argv: ['sh', '-c', expect.stringContaining('exec bash')],
    cols: 80,
    rows: 24,
  })
})

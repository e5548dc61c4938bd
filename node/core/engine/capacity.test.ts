import { expect, test } from 'vitest'
import { benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { ticks } from '#testing/log-bench.ts'
import { useVirtualTime } from '#testing/virtual-time.ts'
import type { LabName, NodeName } from '../model/ids.ts'
import type { Anchor, LabIntent, LabStatus } from '../model/lab.ts'
import { place } from '../placement/place.ts'
import { apply, type State } from '../state/machine.ts'
import { capacities } from './capacity.ts'
import { answer } from './leader.ts'

useVirtualTime()

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const memory = (mib: number) => ({ memoryBytes: mib * 2 ** 20 })
const end: Anchor = { type: 'host', name: 'host_a' as NodeName }

/** `a` leads; a lab with `r1` on `b`, `r2` on `a` and an end on `a` is decided. */
const decided = async (beat: object) => {
  const bench = new EngineBench({ hosts: [a, b] })
  await ticks(bench, 3_000)
  const body = { v: '1', cpu: 150, mem: 3_000, ...beat }
  const tell = () => bench.hear({ kind: 'heartbeat', key: b.id, version: [], expiresAtMs: 0, body }, b)
  bench.do({ type: 'facts', cpuFree: 4, memFreeMiB: 8_000, isStarved: false })
  tell()
  const lab = labSample({ name: 'one', nodes: { r1: { host: 'b', ...memory(600) }, r2: { host: 'a' } } })
  const intent: LabIntent = { ...lab, anchors: [end] }
  bench.hear(intentDraft(intent, a), a)
  await ticks(bench, 1_000)
  tell()
  return bench
}

const of = (bench: EngineBench, except?: string) => {
  const { engine } = bench
  const assignments = Object.values(engine.replica?.state?.assignments ?? {})
  const { self, book, membership } = engine
  const input = { self, book, membership, assignments }
  return capacities(engine.roster?.hosts ?? [], except === undefined ? input : { ...input, except: except as LabName })
}

test('what a host has, what of it may be promised and what is: nodes count, ends outside of labs do not', async () => {
  const bench = await decided({ all: [400, 8_000], over: [200, 50] })
  expect(of(bench)).toMatchObject([
    { name: 'a', promised: { cpu: 0, mem: 0 }, nodes: 1, weight: 1 },
    {
      name: 'b',
      total: { cpu: 400, mem: 8_000 },
      limit: { cpu: 800, mem: 4_000 },
      promised: { cpu: 0, mem: 600 },
      pendingMiB: 600,
      nodes: 1,
      weight: 600 / 512,
      cpuFree: 1.5,
      memFreeMiB: 3_000,
    },
  ])
  expect(of(bench, 'one')).toMatchObject([{ nodes: 0 }, { nodes: 0, promised: { cpu: 0, mem: 0 }, pendingMiB: 0 }])
})

test('a host that has just come has room until it tells what it has', async () => {
  const bench = new EngineBench({ hosts: [a, b] })
  await ticks(bench, 3_000)
  bench.do({ type: 'peer', host: b.id, connected: true })
  expect(of(bench)).toMatchObject([{ name: 'a' }, { name: 'b', state: 'alive', isUntold: true, memFreeMiB: 0 }])
  const intent = labSample({ name: 'one', nodes: { r1: { host: 'b', ...memory(600) } } })
  const placed = place({ intent, hosts: of(bench) })
  expect(placed).toMatchObject({ hosts: { r1: b.id }, limits: {} })
  expect(JSON.parse(JSON.stringify(placed))).toEqual(placed)
})

test('a node that is seen running has taken its memory', async () => {
  const bench = await decided({ all: [400, 8_000] })
  const index = bench.engine.replica?.state?.assignments.one?.index ?? 0
  const body: LabStatus = {
    lab: 'one' as LabName,
    intentVersion: '',
    index,
    nodes: [{ name: 'r1' as NodeName, state: 'running', ready: true }],
    ends: [],
    vteps: [],
    notes: [],
  }
  bench.hear({ kind: 'status', key: `${b.id}/one`, version: [], expiresAtMs: 0, body }, b)
  expect(of(bench)[1]).toMatchObject({
    promised: { cpu: 0, mem: 600 },
    pendingMiB: 0,
    limit: { cpu: 1_600, mem: 8_000 },
  })
})

test('two labs placed before either was decided: the log refuses the second, which then has every reason told', async () => {
  const bench = await decided({ all: [400, 1_600] })
  const { engine } = bench
  const { replica, self, book, membership } = engine
  const before = replica?.state
  if (replica === undefined || before === undefined || before === null) throw new Error('it leads, so it has a log')
  for (const name of ['two', 'three'])
    bench.hear(intentDraft(labSample({ name, nodes: { n: { host: 'b', ...memory(700) } } }), a), a)
  const asked = (name: string, state: State) => {
    const record = book.get('intent', name)
    const at = { nowMs: 10_000, wallMs: 10_000 }
    return record && answer(record, { self, book, replica, membership, state, at })
  }
  const [two, three] = [asked('two', before), asked('three', before)]
  if (two === undefined || three === undefined || !('type' in two && 'type' in three)) throw new Error('both have room')
  const first = apply(before, { index: 90, term: 9 }, two)
  expect(first.result.ok).toBe(true)
  const second = apply(first.state, { index: 91, term: 9 }, three)
  expect(second.result).toMatchObject({ ok: false, code: 'PLACEMENT_IMPOSSIBLE' })
  expect(asked('three', second.state)).toMatchObject({
    message: 'n is pinned to host b: memory: needs 700 MiB, has 300 of 1600 left, promised 1300.',
  })
})

test('a host of a former version does not say what it has: what is free is all that counts', async () => {
  const bench = await decided({})
  expect(of(bench)[1]).not.toHaveProperty('total')
  expect(of(bench)[1]).not.toHaveProperty('limit')
})

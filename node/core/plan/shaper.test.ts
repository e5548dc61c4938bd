import { describe, expect, it } from 'vitest'
import { findLink, impair } from '../impairment/change.ts'
import type { EndpointKey } from '../model/ids.ts'
import type { Impairment } from '../model/impairment.ts'
import type { LabIntent } from '../model/lab.ts'
import type { Nic, Resource, Shaper } from '../model/resource.ts'
import { nicId, shaperId } from '../model/resource-ids.ts'
import { labView } from '../view/view.ts'
import { desired } from './desired.ts'
import { labChanges } from './lab-changes.ts'
import { plan } from './plan.ts'
import { labStatus } from './status.ts'
import { assign, onFirstHost, ToyHost } from './testdata/host.ts'
import { labNode, rosterEntry, sampleLab } from './testdata/lab.ts'

const whole = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
const impaired = (impairment: Impairment): LabIntent => {
  const link = findLink(whole, { node: 'r1', interface: 'eth1' })
  return link === undefined ? whole : impair(whole, { link, end: undefined, change: impairment, clear: false })
}
const labOf = (intent: LabIntent) => ({ intent, assignment: assign(intent, { r1: 1, r2: 1 }) })
const wantedAt = (intent: LabIntent, wallMs: number, seen: readonly Resource[] = []): readonly Resource[] =>
  desired(onFirstHost([labOf(intent)], { wallMs, seen }))
const NIC = nicId(whole.name, 'r1:eth1' as EndpointKey)
const SHAPER = shaperId(whole.name, 'r1:eth1' as EndpointKey)
const nicIn = (resources: readonly Resource[]): Nic => resources.find(({ id }) => id === NIC) as Nic
const shaperIn = (resources: readonly Resource[]): Shaper | undefined =>
  resources.find(({ id }) => id === SHAPER) as Shaper | undefined

describe('an impaired link', () => {
  it('has a shaper at each end, which is made once its port is there', () => {
    const slow = wantedAt(impaired({ rateBps: 1_000_000 }), 0)
    expect(shaperIn(slow)).toMatchObject({
      towards: { rateBps: 1_000_000 },
      from: {},
      needs: [NIC, expect.stringMatching(/^port\//)],
    })
    expect(shaperIn(wantedAt(whole, 0))).toBeUndefined()
    expect(plan(slow, []).blocked.find(({ op }) => op.type === 'create' && op.to.id === SHAPER)?.waitingFor).toContain(
      NIC,
    )
  })

  it('that is down has no carrier, and no shaper is needed for that', () => {
    const down = wantedAt(impaired({ down: true }), 0)
    expect([nicIn(down).up, nicIn(wantedAt(whole, 0)).up, shaperIn(down)]).toEqual([false, true, undefined])
  })

  it('that flaps follows its schedule', () => {
    const flapping = impaired({ flap: { downMs: 5_000, upMs: 10_000 } })
    expect([0, 4_999, 5_000, 14_999, 15_000].map((atMs) => nicIn(wantedAt(flapping, atMs)).up)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ])
  })

  it('that is up although down is asked for says so', () => {
    const [up, down] = [nicIn(wantedAt(whole, 0)), nicIn(wantedAt(impaired({ down: true }), 0))]
    const op = plan([down], [{ ...up, needs: [] }]).ready
    expect(op).toMatchObject([])
    const host = new ToyHost()
    host.converge(onFirstHost([labOf(whole)]))
    const seen = host.list()
    expect(plan(wantedAt(impaired({ down: true }), 0, seen), seen).ready).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'update', reason: 'is up, down is asked for' })]),
    )
  })
})

describe('small differences of what the kernel keeps', () => {
  const asked = shaperIn(wantedAt(impaired({ delayMs: 10, rateBps: 10_000_000 }), 0))
  it.each([
    [{ delayMs: 10.01, rateBps: 9_999_992 }, undefined],
    [
      { delayMs: 11, rateBps: 10_000_000 },
      'towards the node delay 11ms, rate 10mbit is done, delay 10ms, rate 10mbit is wanted',
    ],
    [{}, 'towards the node nothing is done, delay 10ms, rate 10mbit is wanted'],
  ])('%j', (towards, reason) => {
    if (asked === undefined) throw new Error('no shaper')
    const to = { ...asked, needs: [] }
    const [op] = plan([to], [{ ...to, towards }]).ready
    expect(op?.reason).toBe(reason)
  })
})

describe('what is told of a link that is down', () => {
  const view = (intent: LabIntent, { carrier, wallMs = 0 }: { carrier: boolean; wallMs?: number }) => {
    const lab = labOf(intent)
    const host = new ToyHost()
    host.converge({ ...onFirstHost([lab]), wallMs })
    const seen = host.list().map((one) => (one.kind === 'nic' ? { ...one, up: carrier } : one))
    const status = labStatus({
      self: onFirstHost([]).self,
      ...lab,
      wanted: wantedAt(intent, wallMs, seen),
      seen,
      failures: new Map(),
      troubles: new Map(),
      wasWhole: () => true,
      peerName: (address) => address,
      ready: new Set(whole.nodes.map(({ name }) => name)),
      notes: [],
    })
    return labView({
      ...lab,
      generation: 1,
      statuses: new Map([[onFirstHost([]).self, status]]),
      roster: [rosterEntry(1)],
      isAlive: () => true,
    })
  }

  it('that was asked for is right, that was not is an error', () => {
    expect(view(impaired({ down: true }), { carrier: false })).toMatchObject({
      state: 'up',
      links: [{ state: 'down', impairments: { 'r1:eth1': { down: true } } }],
    })
    expect(view(whole, { carrier: false })).toMatchObject({
      links: [{ state: 'error', error: expect.stringContaining('no carrier') }],
    })
    expect(view(whole, { carrier: true })).toMatchObject({ links: [{ state: 'up' }] })
  })

  it('that flaps is whatever it is', () => {
    const flapping = impaired({ flap: { downMs: 5_000, upMs: 10_000 } })
    expect(view(flapping, { carrier: false }).links[0]?.state).toBe('down')
    expect(view(flapping, { carrier: true, wallMs: 6_000 }).links[0]?.state).toBe('up')
  })
})

it('a plan says what becomes of a link', () => {
  const changes = (before: LabIntent, after: LabIntent) =>
    labChanges({
      before: labOf(before),
      after: labOf(after),
      desiredOn: (_host, lab) => (lab === undefined ? [] : desired(onFirstHost([lab]))),
      nameOf: (host) => host,
    })
  const slow = impaired({ rateBps: 1_000_000 })
  expect(changes(whole, slow)).toMatchObject({
    nodes: [{ change: 'keep' }, { change: 'keep' }],
    links: [{ change: 'change', why: 'rate 1mbit new at r1:eth1, rate 1mbit new at r2:eth1' }],
  })
  expect(changes(slow, whole).links[0]?.why).toContain('rate 1mbit no longer at r1:eth1')
  expect(changes(whole, impaired({ down: true })).links[0]?.why).toBe('is up, down is asked for')
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EndpointKey, LabName } from '#core/model/ids.ts'
import type { LabIntent } from '#core/model/lab.ts'
import { nicId, shaperId } from '#core/model/resource-ids.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
const LAB = 'one' as LabName
const R1 = { node: 'r1', interface: 'eth1' }
const pair: LabIntent = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})

describe('impairing a link of a running lab', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  const isUp = (host: { readonly toy: AgentHost['toy'] }, end: string): boolean | undefined => {
    const nic = host.toy.there.get(nicId(LAB, end as EndpointKey))
    return nic?.kind === 'nic' ? nic.up : undefined
  }
  const shaped = (host: { readonly toy: AgentHost['toy'] }, end: string): unknown => {
    const shaper = host.toy.there.get(shaperId(LAB, end as EndpointKey))
    return shaper?.kind === 'shaper' ? shaper.towards : undefined
  }
  const link = () => a.agent.lab('one').links[0]
  const settled = (generation: number, state: string) =>
    until(
      `generation ${generation} ${state}`,
      () => a.agent.lab('one').generation === generation && link()?.state === state,
    )

  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    a.capabilities.push('tbf')
    b.capabilities.push('tbf')
    // What a host can is told every few seconds.
    await pass(12_000)
    await a.agent.submit(pair, none)
    await settled(1, 'up')
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('reaches both ends from any host, outlives a restart, is told, and goes with the same file', async () => {
    const done = await b.agent.impairLink('one', R1, { rateBps: 1_000_000 })
    expect(done).toMatchObject({
      generation: 2,
      impairments: { 'r1:eth1': { rateBps: 1_000_000 }, 'r2:eth1': { rateBps: 1_000_000 } },
    })
    await settled(2, 'up')
    await until('both ends shaped', () => shaped(a, 'r1:eth1') !== undefined && shaped(b, 'r2:eth1') !== undefined)
    expect(a.toy.done.filter((op) => op.includes('workload'))).toEqual(['create workload/one/r1'])
    const { events } = await b.agent.events({ limit: 50, lab: 'one' })
    expect(events).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ code: 'LINK_IMPAIRED', message: expect.stringContaining('rate 1mbit') }),
      ]),
    )
    await mesh.stop(b)
    b.toy.there.delete(shaperId(LAB, 'r2:eth1' as EndpointKey))
    await mesh.start(b)
    await until('shaped again', () => shaped(b, 'r2:eth1') !== undefined)
    expect((await a.agent.plan(pair)).links).toMatchObject([
      { change: 'change', why: expect.stringContaining('no longer') },
    ])
    await a.agent.submit(pair, none)
    await until('as the file says', () => shaped(a, 'r1:eth1') === undefined && shaped(b, 'r2:eth1') === undefined)
  })

  test('down is down at both ends, no error and not mended; up again', async () => {
    await a.agent.impairLink('one', R1, { down: true })
    await settled(2, 'down')
    expect([isUp(a, 'r1:eth1'), isUp(b, 'r2:eth1'), a.agent.lab('one').state]).toEqual([false, false, 'up'])
    expect(link()).not.toHaveProperty('error')
    await pass(20_000)
    expect([isUp(a, 'r1:eth1'), isUp(b, 'r2:eth1')]).toEqual([false, false])
    await a.agent.impairLink('one', R1, { up: true })
    await settled(3, 'up')
    expect([isUp(a, 'r1:eth1'), isUp(b, 'r2:eth1')]).toEqual([true, true])
    const { events } = await a.agent.events({ limit: 500, lab: 'one' })
    expect(events.filter(({ code }) => code === 'LINK_BROKEN' || code === 'REPAIRED')).toEqual([])
  })

  test('flapping goes on by its schedule without a word, and ends with the lab', async () => {
    await a.agent.impairLink('one', R1, { down: true })
    const { impairments } = await a.agent.impairLink('one', R1, { flap: { downMs: 2_000, upMs: 3_000 } })
    expect(impairments).toMatchObject({ 'r1:eth1': { flap: { downMs: 2_000, upMs: 3_000 } } })
    expect(impairments['r1:eth1']).not.toHaveProperty('down')
    for (let round = 0; round < 3; round++) {
      await until('down', () => isUp(a, 'r1:eth1') === false && isUp(b, 'r2:eth1') === false)
      await until('up', () => isUp(a, 'r1:eth1') === true && isUp(b, 'r2:eth1') === true)
    }
    const { events } = await a.agent.events({ limit: 500, lab: 'one' })
    expect(events.filter(({ code }) => ['LINK_BROKEN', 'REPAIRED', 'LINK_UP'].includes(code))).toEqual([])
    await a.agent.remove('one')
    await until('gone', () => isUp(a, 'r1:eth1') === undefined)
    const turns = a.toy.done.length
    await pass(20_000)
    expect(a.toy.done.length).toBe(turns)
  })

  test('what a kernel cannot do is refused before anything changes, with the hosts and what goes', async () => {
    const refused = a.agent.impairLink('one', R1, { delayMs: 10, rateBps: 1_000_000 })
    await expect(refused).rejects.toMatchObject({
      code: 'PLACEMENT_IMPOSSIBLE',
      message: expect.stringMatching(
        /r1 runs on a and needs netem for delay 10ms at r1:eth1 \(rate, down and flap go without\); host a lacks it/,
      ),
    })
    expect(a.agent.lab('one').generation).toBe(1)
    await expect(
      a.agent.plan({
        ...pair,
        links: pair.links.map((one) => ({ ...one, impairments: { ['r1:eth1' as EndpointKey]: { delayMs: 10 } } })),
      }),
    ).rejects.toMatchObject({ code: 'PLACEMENT_IMPOSSIBLE' })
  })

  test.each([
    ['no such lab', 'two', R1, { down: true }, 'NOT_FOUND', 'two'],
    ['no such end', 'one', { node: 'r1', interface: 'eth9' }, { down: true }, 'NOT_FOUND', 'r1 has eth1'],
    ['no such node', 'one', { node: 'r9', interface: 'eth1' }, { down: true }, 'NOT_FOUND', 'it has no link of r9'],
    ['jitter alone', 'one', R1, { jitterMs: 1 }, 'BAD_INPUT', 'delay'],
  ] as const)('%s', async (_what, lab, end, ask, code, text) => {
    await expect(a.agent.impairLink(lab, end, ask)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
  })
})

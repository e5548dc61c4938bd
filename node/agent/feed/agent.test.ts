import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventView } from '#agent/port.ts'
import type { ResourceId } from '#core/model/ids.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const pair = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})
const upOn = (...hosts: readonly AgentHost[]) =>
  until('the lab up', () => hosts.every((host) => host.agent.lab('one').state === 'up'))
const listOn = async (host: AgentHost, ask: { lab?: string; host?: string; since?: string } = {}) =>
  host.agent.events({ limit: 1_000, ...ask })
const codes = (events: readonly EventView[]): readonly string[] =>
  events.map(({ hostName, code, about }) => `${hostName} ${code} ${about}`)
const nicOf = (host: AgentHost): ResourceId => {
  const nic = [...host.toy.there.values()].find(({ id }) => /^nic\/one\/.*:eth1$/.test(id))
  if (nic === undefined) throw new Error('no nic')
  return nic.id
}

describe('the feed of a mesh', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
  })
  afterEach(async () => {
    expect(a.fatal).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  test('a host, a lab and its end, told once each, read on the other host', async () => {
    const b = await mesh.join('b')
    await b.agent.submit(pair, new Map())
    await upOn(a, b)
    await pass(300)
    await b.agent.remove('one')
    await pass(1_000)
    const { events } = await listOn(b)
    expect(codes(events).toSorted()).toEqual([
      'a AGENT_STARTED a',
      'a HOST_ADMITTED b',
      'a LAB_ASSIGNED one',
      'a LAB_UP one',
      'a LEADER a',
      'b AGENT_STARTED b',
      'b LAB_REMOVED one',
      'b LAB_SUBMITTED one',
    ])
    const { events: onA } = await listOn(a)
    expect(onA).toEqual(events)
  })

  test('damage, its repair and the link, in order, on the other host', async () => {
    const b = await mesh.join('b')
    await a.agent.submit(pair, new Map())
    await upOn(a, b)
    await pass(300)
    const told: EventView[] = []
    const { stop } = a.agent.followEvents({ limit: 0 }, (event) => told.push(event))
    b.toy.there.delete(nicOf(b))
    await pass(12_000)
    stop()
    expect(codes(told)).toEqual([
      'b LINK_BROKEN r1:eth1--r2:eth1',
      'b REPAIRED nic/one/r2:eth1',
      expect.stringMatching(/^b REPAIRED port/),
      'b LINK_UP r1:eth1--r2:eth1',
    ])
  })

  test('a lab that is wanted otherwise is made anew in part: nothing of that is damage', async () => {
    const b = await mesh.join('b')
    await a.agent.submit(pair, new Map())
    await upOn(a, b)
    await pass(300)
    const { cursor } = await listOn(a)
    const nodes = { r1: { host: 'a' }, r2: { host: 'b', exec: [['another', 'one']], image: 'other:2' } }
    await a.agent.submit(labSample({ name: 'one', nodes, links: [['r1:eth1', 'r2:eth1']] }), new Map())
    await until(
      'the second generation up',
      () => a.agent.lab('one').generation === 2 && a.agent.lab('one').state === 'up',
    )
    await pass(10_000)
    expect(b.toy.done.filter((op) => op === 'delete workload/one/r2').length).toBe(1)
    const { events } = await listOn(a, { since: cursor })
    expect(codes(events)).toEqual(['a LAB_SUBMITTED one', 'a LAB_ASSIGNED one', 'a LAB_UP one'])
  })

  test('a host that stops and comes back: what each believes of it, once, and how it had ended', async () => {
    const b = await mesh.join('b')
    await pass(500)
    const { cursor } = await listOn(a)
    await mesh.stop(b)
    await until('b down', () => a.agent.hosts().some(({ name, state }) => name === 'b' && state === 'down'))
    await mesh.start(b)
    await until('b alive', () => a.agent.hosts().some(({ name, state }) => name === 'b' && state === 'alive'))
    await pass(1_000)
    const { events } = await listOn(a, { since: cursor })
    expect(codes(events.filter(({ hostName }) => hostName === 'a'))).toEqual([
      'a HOST_SUSPECT b',
      'a HOST_DOWN b',
      'a HOST_ALIVE b',
    ])
    expect(events.filter(({ hostName }) => hostName === 'b')).toMatchObject([
      { code: 'AGENT_STARTED', boot: 2, seq: 1, message: expect.stringContaining('after a stop') },
    ])
    expect(codes((await listOn(a, { host: 'b' })).events).filter((line) => line.endsWith(' b')).length).toBe(6)
  })

  test('a cursor pages through everything once, whatever comes meanwhile', async () => {
    const b = await mesh.join('b')
    const wish = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        await b.agent.submit(pair, new Map())
        await b.agent.remove('one')
      }
      await pass(500)
    }
    await wish(5)
    const read: EventView[] = []
    let cursor = '0'
    for (let round = 0; round < 40; round += 1) {
      const page = await a.agent.events({ limit: 3, since: cursor })
      read.push(...page.events)
      cursor = page.cursor
      if (round === 2) await wish(2)
    }
    const { events } = await listOn(a)
    const place = ({ hostName, boot, seq }: EventView): string => `${hostName} ${boot} ${seq}`
    expect(read.map(place).toSorted()).toEqual(events.map(place).toSorted())
    expect(events.filter(({ code }) => code === 'LAB_SUBMITTED').length).toBe(7)
    expect((await a.agent.events({ limit: 3, since: cursor })).events).toEqual([])
    await expect(a.agent.events({ limit: 3, since: 'x' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(a.agent.events({ limit: 3, host: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('of one host all that it has is shown, also what was never heard here', async () => {
    const b = await mesh.join('b')
    for (let index = 0; index < 60; index += 1) {
      await b.agent.submit(pair, new Map())
      await b.agent.remove('one')
      await pass(100)
    }
    await mesh.stop(a)
    await mesh.start(a)
    await until('b alive', () => a.agent.hosts().some(({ name, state }) => name === 'b' && state === 'alive'))
    await pass(500)
    const own = (await listOn(b)).events.filter(({ hostName }) => hostName === 'b')
    const { events } = await listOn(a, { host: 'b', lab: 'one' })
    expect(events).toEqual(own.filter(({ lab }) => lab === 'one'))
    expect(events.length).toBe(120)
  })

  test('members: admitted, drained, used again, removed, told by the leader', async () => {
    const b = await mesh.join('b')
    await a.agent.drainHost('b', true)
    await pass(1_000)
    await a.agent.drainHost('b', false)
    await pass(1_000)
    await mesh.stop(b)
    await until('b down', () => a.agent.hosts().some(({ name, state }) => name === 'b' && state === 'down'))
    await a.agent.removeHost('b', { force: true })
    await pass(1_000)
    const members = ['HOST_ADMITTED', 'HOST_DRAINED', 'HOST_UNDRAINED', 'HOST_REMOVED']
    const told = (await listOn(a)).events.filter(({ code }) => members.includes(code))
    // A removal begins with emptying the host.
    const order = ['HOST_ADMITTED', 'HOST_DRAINED', 'HOST_UNDRAINED', 'HOST_DRAINED', 'HOST_REMOVED']
    expect(codes(told)).toEqual(order.map((code) => `a ${code} b`))
  })
})

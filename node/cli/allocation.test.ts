import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AllocationView, ReservationView } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { Allocation, Reservation } from './shapes.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

it('has the shapes of the agent', () => {
  const same = (views: [AllocationView, ReservationView]) => {
    const shapes: [Allocation, Reservation] = views
    return shapes
  }
  expect(same).toBeTypeOf('function')
})

describe('allocation', () => {
  it('reserves numbers, one a line, and frees them by the name that was given or shown', async () => {
    const reserved = await world.run(['allocation', 'reserve', 'vni', '--owner', 'ops/a', '--count', '2'])
    expect(reserved).toEqual({ code: 0, out: '4097\n4098\n', err: '' })
    expect((await world.run(['allocation', 'free', 'user/ops/a'])).out).toBe('2 freed\n')
    expect((await world.run(['allocation', 'free', 'ops/a'])).out).toBe('ops/a has reserved nothing\n')
  })

  it('prints JSON', async () => {
    const args = ['allocation', 'reserve', 'port', '--host', 'b', '--owner', 'iperf', '--for', '1h', '--json']
    const { out } = await world.run(args)
    expect(JSON.parse(out)).toEqual({ pool: 'port', host: 'b', owner: 'iperf', values: [4097] })
    expect(JSON.parse((await world.run(['allocation', 'free', 'iperf', '--json'])).out)).toEqual({ freed: 1 })
  })

  it('shows how long leases go on, where there are any', async () => {
    expect((await world.run(['allocation', 'ls'])).out).toMatch(/^POOL +VALUE +HOST +OWNER +SINCE\n/)
    const lease: AllocationView = {
      pool: 'vni',
      value: 4097,
      owner: 'user/x',
      sinceMs: Date.UTC(2026, 10, 19, 23, 0),
      untilMs: Date.UTC(2026, 10, 20, 2, 30),
    }
    const others = await world.agent.allocations()
    world.agent.allocations = async () => [...others, lease]
    const { out } = await world.run(['allocation', 'ls'])
    expect(out).toMatch(/^POOL +VALUE +HOST +OWNER +SINCE +FOR\nvni +4096 .* 3m +-\n/)
    expect(out).toMatch(/vni +4097 +- +user\/x +1h +2h\n/)
  })

  it.each([
    ['mac', '--owner', 'x'],
    ['vni'],
    ['vni', '--owner', 'x y'],
    ['vni', '--owner', 'x', '--for', 'ever'],
    ['vni', '--owner', 'x', '--count', '0'],
  ])('refuses %s %s %s', async (...args) => {
    const { code, err } = await world.run(['allocation', 'reserve', ...args])
    expect(code).toBe(2)
    expect(err).toMatch(/^error: .+\nhint: .+\n$/)
  })

  it('says that ports are of a host', async () => {
    const { code, err } = await world.run(['allocation', 'reserve', 'port', '--owner', 'x'])
    expect(code).toBe(2)
    expect(err).toContain('name the host')
  })

  it.each(['reserve', 'free'])('%s --help has an example', async (verb) => {
    const { out } = await world.run(['allocation', verb, '--help'])
    expect(out.split('Examples:')[1]).toContain(`skein allocation ${verb}`)
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

describe('skein host', () => {
  let world: CliWorld
  beforeEach(async () => {
    world = await createCliWorld()
  })
  afterEach(() => world[Symbol.asyncDispose]())

  it('paths shows each path of each peer, and where a peer calls from an address nobody told', async () => {
    expect((await world.run(['host', 'paths'])).out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['HOST', 'PATH', 'ADDRESS', 'USED', 'STATE', 'RTT', 'LOSS', 'TUNNEL'],
      ['b', 'primary', '192.0.2.2', '-', 'lost', '1.3 ms', '30 %', '-'],
      ['b', 'secondary', '198.51.100.2', 'yes', 'good', '2.0 ms', '0 %', '1m ago'],
      ['c', 'primary', '192.0.2.3', '-', 'not probed', '-', '-', '-'],
      ['c', 'elsewhere', '203.0.113.9:4000', 'yes', '-', '-', '-', 'never'],
      [''],
    ])
    expect(JSON.parse((await world.run(['host', 'paths', '--json'])).out)[0]).toMatchObject({ inUse: 'secondary' })
  })

  it('set-addresses tells what is named, and nothing is no request', async () => {
    expect(await world.run(['host', 'set-addresses', '--secondary-address', '198.51.100.7'])).toMatchObject({
      code: 0,
      out: 'this host is reached at 192.0.2.1, second network 198.51.100.7\n',
    })
    const none = await world.run(['host', 'set-addresses', '--advertise', '192.0.2.7', '--secondary-address', 'none'])
    expect(none).toMatchObject({ code: 0, out: 'this host is reached at 192.0.2.7\n' })
    expect(await world.run(['host', 'set-addresses'])).toMatchObject({ code: 2 })
    expect(await world.run(['host', 'set-addresses', '--secondary-address', 'no'])).toMatchObject({ code: 2 })
  })

  it('bootstrap takes no second address that is none', async () => {
    const { code, err } = await world.run(['bootstrap', '--name', 'a', '--secondary-address', 'eth1'])
    expect([code, err]).toEqual([2, expect.stringContaining('IPv4 or IPv6')])
  })
})

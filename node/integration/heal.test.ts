import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Host {
  readonly name: string
  readonly state: string
  readonly reason?: string
}

/** Seconds a host is cut off, in turn. HEAL_CUTS_S=20,120,900 takes a quarter of an hour longer. */
const CUTS_S = (process.env.HEAL_CUTS_S ?? '20').split(',').map(Number)
const RESTARTS = Number(process.env.HEAL_RESTARTS ?? 10)
const STOP_S = Number(process.env.HEAL_STOP_S ?? 60)

describeReal('three hosts find each other again', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'm', hosts: 3, net: '10.82' })
  const hosts = skeinHosts(bed)
  const look = (host: string) => hosts.json<Host[]>(host, 'host', 'ls')
  /** Every host hears every other one directly. */
  const whole = async () => {
    const views = await Promise.all(bed.hosts.map(look))
    return views.every(
      (view) => view.length === 3 && view.every((host) => host.state === 'alive' && host.reason === undefined),
    )
  }
  const sees = async (host: string, other: string, state: string) =>
    (await look(host)).find(({ name }) => name === other)?.state === state

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.makeMesh()
    await until('all hear each other', 30_000, whole)
  })
  afterAll(() => bed.down())

  test.each(CUTS_S)(
    'a silent cut of one host for %i s: down on both sides, whole again within 10 s',
    async (cutS) => {
      await bed.cut('m3')
      await Promise.all([
        until('m1 calls m3 down', 20_000, () => sees('m1', 'm3', 'down')),
        until('m3 calls m1 down', 20_000, () => sees('m3', 'm1', 'down')),
      ])
      expect(await sees('m1', 'm2', 'alive')).toBe(true)
      await pause(cutS * 1_000)
      await bed.heal()
      await until('every pair talks again', 10_000, whole)
    },
    1_200_000,
  )

  test('a one-way view is no verdict: two hosts cut from each other only stay alive, heard through the third', async () => {
    await bed.cut('m1', 'm2')
    await until('m1 hears m2 through m3', 30_000, async () =>
      (await look('m1')).find(({ name }) => name === 'm2')?.reason?.includes('through other hosts'),
    )
    await pause(10_000)
    expect(await sees('m1', 'm2', 'alive')).toBe(true)
    expect(await sees('m2', 'm1', 'alive')).toBe(true)
    await bed.heal()
    await until('every pair talks again', 10_000, whole)
  })

  test(`an agent stopped for ${STOP_S} s is heard again within 5 s, and accuses nobody`, async () => {
    await hosts.signalAgent('m2', 'STOP')
    await until('m1 calls m2 down', 20_000, () => sees('m1', 'm2', 'down'))
    await pause(STOP_S * 1_000)
    await hosts.signalAgent('m2', 'CONT')
    const views = look('m2')
    await until('m2 is heard', 5_000, () => sees('m1', 'm2', 'alive'))
    expect((await views).map((host) => host.state)).not.toContain('down')
    await until('every pair talks again', 10_000, whole)
  })

  test(`a host restarted ${RESTARTS} times is heard each time`, async () => {
    for (let count = 0; count < RESTARTS; count++) {
      await hosts.killAgent('m3')
      await hosts.start('m3')
      await until(`m3 is heard after restart ${count + 1}`, 10_000, whole)
    }
  })

  test('two that met keep finding each other after all have restarted, in any order', async () => {
    for (const order of [
      ['m3', 'm1', 'm2'],
      ['m2', 'm3', 'm1'],
    ]) {
      for (const host of bed.hosts) await hosts.killAgent(host)
      for (const host of order) await hosts.start(host)
      await until('all hear each other', 20_000, whole)
    }
  })
})

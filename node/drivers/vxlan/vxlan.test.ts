import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { driverContract } from '#testing/driver-contract.ts'
import { vtep, vtepSamples } from '#testing/network-samples.ts'
import { createVxlanDriver } from './driver.ts'
import { fakeVxlans } from './fake.ts'
import { parseFloodLists, parseVteps } from './parse.ts'

const driver = createVxlanDriver()
const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

driverContract({
  driver,
  makeHost: async () => {
    const vxlans = fakeVxlans()
    const stranger = {
      ifindex: 900,
      name: 'vxlan9',
      id: 9,
      local: '10.0.0.1',
      port: 4789,
      mtu: 1450,
      learning: true,
      up: true,
      flood: new Set(['10.0.0.2']),
    }
    vxlans.devices.set('vxlan9', stranger)
    return { exec: vxlans.exec, snapshot: async () => vxlans.snapshot() }
  },
  samples: vtepSamples,
})

describe('vxlan', () => {
  test('three processes for any number of new tunnel ends', () => {
    const ops = Array.from({ length: 30 }, (_, i) => ({
      type: 'create' as const,
      to: vtep(`lan${i}`, 100 + i),
      reason: 'test',
    }))
    const [step, ...others] = driver.steps(ops)
    expect(others).toEqual([])
    expect(step?.commands.length).toBe(3)
  })

  test.each([
    { lost: '10.0.0.3', learning: true, forgets: true },
    { lost: '10.0.0.3', learning: false, forgets: false },
    { lost: 'none', learning: true, forgets: false },
  ])('what was learned of an end that is no more ($lost, learning $learning) is forgotten: $forgets', (one) => {
    const from = vtep('lan0', 7, { remotes: ['10.0.0.2', '10.0.0.3'], learning: one.learning })
    const to = { ...from, remotes: from.remotes.filter((remote) => remote !== one.lost), mtuBytes: 1300 }
    const [step] = driver.steps([{ type: 'update', from, to, reason: 'test' }])
    const lines = step?.commands.flatMap((command) => ('stdin' in command ? [command.stdin ?? ''] : [])).join('')
    expect(lines?.includes(`dev ${to.device} down`)).toBe(one.forgets)
  })

  test('a segment too long for an alias fails alone', () => {
    const long = vtep('x'.repeat(250), 1)
    const steps = driver.steps(
      [long, vtep('lan0', 2), vtep('lan1', 3)].map((to) => ({ type: 'create', to, reason: 'test' })),
    )
    expect(steps.map((step) => step.ops.length)).toEqual([1, 2])
  })

  test('reads what iproute2 6.1 printed', () => {
    expect(parseVteps(recorded('link-show.json'), parseFloodLists(recorded('fdb-show.json')))).toEqual([
      {
        ...vtep('lan0', 77, { remotes: ['10.0.0.2', '10.0.0.3'], local: '10.0.0.1', mtuBytes: 1400, up: false }),
        device: 'vx0',
        ifindex: 4,
      },
    ])
  })
})

test.each([
  ['a flood entry that goes', 'Deleted 00:00:00:00:00:00 dev skv0123456789ab dst 10.9.9.9 self permanent', true],
  ['one that comes', '00:00:00:00:00:00 dev skv0123456789ab dst 10.9.9.9 self permanent', true],
  ['an address that was learned', '02:00:00:00:00:09 dev skv0123456789ab dst 10.9.9.9 self', false],
  ['somebody else’s', '00:00:00:00:00:00 dev vxlan9 dst 10.9.9.9 self permanent', false],
])('bridge monitor fdb: %s', (_what, line, isTold) => {
  const source = createVxlanDriver()
    .sources()
    .find(({ name }) => name === 'flood-lists')
  expect(source?.type === 'stream' && source.tells(line, [])).toBe(isTold)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containerName } from '#core/model/container-name.ts'
import { type EndpointKey, LAB_NAME, type LabName, type NodeName, type SegmentId } from '#core/model/ids.ts'
import { decodeAlias, encodeAlias, isWgInterface, nicDevice, nodeOf, vtepDevice } from './owner-mark.ts'

const lab = fc.stringMatching(LAB_NAME).map((name) => name as LabName)
const end = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}:[a-z0-9/.-]{1,15}$/).map((key) => key as EndpointKey)

describe('owner marks', () => {
  test('names fit the kernel and differ by lab, by what they are of and by kind', () => {
    fc.assert(
      fc.property(lab, lab, end, (a, b, key) => {
        const names = [nicDevice(a, key), nicDevice(b, key), vtepDevice(a, key as string as SegmentId)]
        expect(names.every((name) => /^sk[nv][0-9a-f]{12}$/.test(name))).toBe(true)
        expect(new Set(names).size).toBe(a === b ? 2 : 3)
      }),
    )
  })

  test('an alias says again what it was made of', () => {
    fc.assert(
      fc.property(lab, end, fc.constantFrom('nic' as const, 'vtep' as const), (name, of, kind) => {
        expect(decodeAlias(encodeAlias({ kind, lab: name, of }))).toEqual({ kind, lab: name, of })
      }),
    )
  })

  test.each([
    undefined,
    '',
    'skein',
    'skein:nic:lab',
    'skein:nic:lab:',
    'skein:nic:lab:r1',
    'skein:vtep::x',
    'x skein:vtep:lab:x',
    'skein:port:a:b:c',
  ])('not ours: %s', (alias) => expect(decodeAlias(alias)).toBeUndefined())

  test('container names are as containerlab has them', () => {
    expect(containerName('clab', 'frr01' as LabName, 'router1' as NodeName)).toBe('clab-frr01-router1')
    expect(containerName('', 'frr01' as LabName, 'router1' as NodeName)).toBe('router1')
    expect(nodeOf('r1.a:eth1:2' as EndpointKey)).toBe('r1.a')
    expect(['skw0', 'skw12', 'skw', 'skwx', 'wg0'].map(isWgInterface)).toEqual([true, true, false, false, false])
  })
})

import { describe, expect, it } from 'vitest'
import type { EndpointKey, LabName, NodeName, ResourceId } from '../model/ids.ts'
import type { Nic } from '../model/resource.ts'
import { nicId, workloadId } from '../model/resource-ids.ts'
import { differs } from './differs.ts'
import { asTheirs } from './theirs.ts'

const lab = 'one' as LabName
const end = 'r1:e1-1' as EndpointKey
const wanted: Nic = {
  kind: 'nic',
  id: nicId(lab, end),
  needs: [] as readonly ResourceId[],
  lab,
  endpoint: end,
  hostName: 'skv1',
  name: 'e1-1',
  workload: workloadId(lab, 'r1' as NodeName),
  pid: 7,
  mac: 'aa:c1:ab:00:00:01',
  mtuBytes: 9500,
  addresses: ['10.0.0.1/24'],
  txOffload: true,
  isTheirs: true,
  up: true,
}
const { isTheirs: _, ...made } = wanted
const outer = { mtuBytes: 9500, up: true }
/** As the driver tells of an end that was taken into another namespace. */
const away: Nic = { ...made, mac: '', addresses: [], txOffload: false, up: false, fault: 'it is not there', outer }

describe('an end that software of a vendor took for its own', () => {
  it.each<readonly [string, Nic]>([
    ['is moved', away],
    ['has other addresses', { ...made, addresses: [], mac: '02:00:00:00:00:01', outer }],
    ['is down inside', { ...made, up: false, outer }],
  ])('is left alone where it %s', (_how, seen) => {
    const [told] = asTheirs([seen], [wanted])
    expect(told?.fault).toBeUndefined()
    expect(told && differs(wanted, told)).toBeUndefined()
  })

  it.each<readonly [string, Nic]>([
    ['the side of its host is down', { ...away, outer: { mtuBytes: 9500, up: false } }],
    ['the side of its host has another MTU', { ...away, outer: { mtuBytes: 1500, up: true } }],
    ['its container was started again', { ...made, pid: 8, outer }],
  ])('is mended where %s', (_how, seen) => {
    const [told] = asTheirs([seen], [wanted])
    expect(told && differs(wanted, told)).toBeDefined()
  })

  it('is broken where its container does not run, and of other nodes', () => {
    expect(asTheirs([{ ...away, pid: 0 }], [wanted])[0]?.fault).toBe('it is not there')
    expect(asTheirs([away], [made])).toEqual([away])
  })
})

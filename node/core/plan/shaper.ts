import type { EndImpairment } from '../impairment/ends.ts'
import { impairmentText } from '../impairment/text.ts'
import type { Shape } from '../model/impairment.ts'
import type { Nic, Port, Shaper } from '../model/resource.ts'
import { shaperId } from '../model/resource-ids.ts'
import type { Difference } from './differs.ts'

/** What shapes frames at a nic; none where nothing is asked for. */
export function wantedShaper(nic: Nic, port: Pick<Port, 'id'>, impaired: EndImpairment | undefined): readonly Shaper[] {
  const { towards, from } = impaired ?? {}
  // What is no cable has no host's end.
  if ((towards === undefined && from === undefined) || nic.form !== undefined) return []
  const { lab, endpoint, hostName: device, name, pid, mtuBytes } = nic
  return [
    {
      kind: 'shaper',
      id: shaperId(lab, endpoint),
      // The bridge looks at the qdiscs of a port when it takes it, and only then.
      needs: [nic.id, port.id],
      lab,
      endpoint,
      device,
      towards: towards ?? {},
      from: from ?? {},
      name,
      pid,
      mtuBytes,
    },
  ]
}

/** The kernel keeps shares and times in steps of its own: this much of a value is none of ours to correct. */
const TOLERANCE = 0.01

type Side = readonly [where: string, asked: Shape, found: Shape]

/** How what is done to frames differs from what was asked for. */
export function shaperDifferences(wanted: Shaper, seen: Shaper): readonly Difference[] {
  const sides: readonly Side[] = [
    ['towards the node', wanted.towards, seen.towards],
    // Of a namespace nothing can be said while nothing runs there.
    ...(wanted.pid === 0 ? [] : [['from the node', wanted.from, seen.from] satisfies Side]),
  ]
  return sides
    .filter(([, asked, found]) => !sameShape(asked, found))
    .map(([side, asked, found]) => ({
      fix: 'update',
      reason: `${side} ${impairmentText(found) || 'nothing'} is done, ${impairmentText(asked) || 'nothing'} is wanted`,
    }))
}

const KEYS = [
  'delayMs',
  'jitterMs',
  'lossPercent',
  'corruptPercent',
  'rateBps',
] as const satisfies readonly (keyof Shape)[]

function sameShape(a: Shape, b: Shape): boolean {
  return KEYS.every((key) => {
    const [left, right] = [a[key] ?? 0, b[key] ?? 0]
    return Math.abs(left - right) <= TOLERANCE * Math.max(left, right)
  })
}

import type { Op, Vtep } from '#core/model/resource.ts'
import { sameMembers } from '#core/plan/same.ts'
import { type BatchLine, batch, fitsBatch } from '../batch.ts'
import type { Step } from '../driver.ts'
import { encodeAlias } from '../owner-mark.ts'

/** The flood list is the entries of the all-zero MAC address, RFC 7348 §4.2 done with unicast. */
export const FLOOD_MAC = '00:00:00:00:00:00'

/** One step for all; a vtep whose mark no batch can hold gets a step of its own. */
export const vtepSteps = (ops: readonly Op<Vtep>[]): readonly Step[] => {
  const apart = Map.groupBy(ops, (op) => (op.type === 'delete' || fitsBatch(makeDevice(op.to)) ? 'batch' : op.to.id))
  return [...apart.values()].map((group) => ({ ops: group, commands: commandsOf(group) }))
}

const commandsOf = (ops: readonly Op<Vtep>[]): Step['commands'] => {
  const fresh = ops.flatMap((op) =>
    op.type === 'create' || (op.type === 'update' && !canChange(op.from, op.to)) ? [op.to] : [],
  )
  const changed = ops.flatMap((op) => (op.type === 'update' && canChange(op.from, op.to) ? [op] : []))
  const gone = [...new Set(ops.map((op) => (op.type === 'create' ? op.to.device : op.from.device)))].filter(
    (device) => !changed.some((op) => op.to.device === device),
  )
  return [
    ...batch(
      { tool: 'ip', tolerant: true },
      gone.map((device) => ['link', 'del', 'dev', device]),
    ),
    ...batch({ tool: 'ip' }, [...fresh.flatMap(makeDevice), ...changed.flatMap((op) => changeDevice(op.to))]),
    ...batch({ tool: 'bridge' }, [
      ...fresh.flatMap((vtep) => (isForeign(vtep) ? [] : flood(vtep.device, 'append', vtep.remotes))),
      ...changed.flatMap(({ from, to }) => [
        ...flood(
          to.device,
          'append',
          to.remotes.filter((remote) => !from.remotes.includes(remote)),
        ),
        ...flood(
          to.device,
          'del',
          from.remotes.filter((remote) => !to.remotes.includes(remote)),
        ),
      ]),
    ]),
    ...batch({ tool: 'ip' }, changed.flatMap(forget)),
  ]
}

/** What was learned of an end that is no more would go there until it is forgotten by age; down, the kernel forgets all that it learned. */
const forget = ({ from, to }: { readonly from: Vtep; readonly to: Vtep }): readonly BatchLine[] =>
  to.learning && from.remotes.some((remote) => !to.remotes.includes(remote))
    ? [
        ['link', 'set', 'dev', to.device, 'down'],
        ['link', 'set', 'dev', to.device, 'up'],
      ]
    : []

/** The kernel changes only what is not part of a VXLAN device's identity. */
const canChange = (from: Vtep, to: Vtep): boolean =>
  from.fault === undefined &&
  from.device === to.device &&
  from.vni === to.vni &&
  from.local === to.local &&
  from.port === to.port &&
  (!isForeign(to) || sameMembers(from.remotes, to.remotes))

/** A tunnel to one end that is not ours: the kernel has that end in the device, and its own address by the route. */
const isForeign = ({ local }: Vtep): boolean => local === ''

const makeDevice = (vtep: Vtep): readonly BatchLine[] => {
  const [remote = ''] = vtep.remotes
  const ends = isForeign(vtep) ? ['remote', remote] : ['local', vtep.local]
  const tunnel = ['id', String(vtep.vni), ...ends, 'dstport', String(vtep.port), learning(vtep)]
  return [
    ['link', 'add', vtep.device, 'mtu', String(vtep.mtuBytes), 'type', 'vxlan', ...tunnel],
    ['link', 'set', 'dev', vtep.device, 'alias', encodeAlias({ kind: 'vtep', lab: vtep.lab, of: vtep.segment })],
    ['link', 'set', 'dev', vtep.device, 'addrgenmode', 'none'],
    ['link', 'set', 'dev', vtep.device, 'up'],
  ]
}

const changeDevice = (vtep: Vtep): readonly BatchLine[] => [
  ['link', 'set', 'dev', vtep.device, 'type', 'vxlan', learning(vtep)],
  ['link', 'set', 'dev', vtep.device, 'mtu', String(vtep.mtuBytes)],
  ['link', 'set', 'dev', vtep.device, 'up'],
]

const learning = (vtep: Vtep): string => (vtep.learning ? 'learning' : 'nolearning')

const flood = (device: string, verb: 'append' | 'del', remotes: readonly string[]): readonly BatchLine[] =>
  remotes.map((remote) => ['fdb', verb, FLOOD_MAC, 'dev', device, 'dst', remote])

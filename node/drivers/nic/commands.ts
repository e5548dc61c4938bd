import { MGMT_LAB } from '#core/model/mgmt.ts'
import { innerForm, isOtherForm, masterOf, placeOf } from '#core/model/nic-form.ts'
import type { Nic, Op } from '#core/model/resource.ts'
import { presentCidrs } from '#core/plan/same.ts'
import type { Command, ProcessCommand } from '#platform/exec.ts'
import { type BatchLine, batch, inNamespace } from '../batch.ts'
import type { Step } from '../driver.ts'
import { encodeAlias } from '../owner-mark.ts'

/**
 * Steps for nics: one for all that go, one for each namespace that gets or changes some. `there`: names of all veth devices of this host
 * when it was last looked at, so that nothing is removed which is not there; undefined where nobody has looked.
 */
export const nicSteps = (ops: readonly Op<Nic>[], there?: ReadonlySet<string>): readonly Step[] => {
  const wanted = ops.filter((op) => op.type !== 'delete')
  const made = new Set(wanted.map((op) => op.to.hostName))
  const gone = ops.filter((op) => op.type === 'delete' && !made.has(op.from.hostName))
  const byPlace = Map.groupBy(wanted, (op) => namespaceOf(op.to))
  return [
    ...(gone.length === 0
      ? []
      : [{ ops: gone, commands: remove(gone.flatMap((op) => (op.type === 'delete' ? [op.from] : []))) }]),
    ...[...byPlace].map(([pid, ops]) => {
      const old = ops.filter((op) => isFresh(op) && mayBeThere(op, there))
      return { ops, commands: [...removeOld(old), ...namespaceCommands(pid, ops)] }
    }),
  ]
}

/** The process whose namespace the named end lies in; undefined for the host's own. */
const namespaceOf = (nic: Nic): number | undefined => (placeOf(nic) === 'host' ? undefined : nic.pid)

/** Taking one end away takes the pair; a device inside is taken from there. */
const remove = (nics: readonly Nic[]): readonly Command[] => {
  const inner = nics.filter((nic) => innerForm(nic) !== undefined && nic.pid !== 0)
  return [
    ...batch(
      { tool: 'ip', tolerant: true },
      nics.map((nic) => ['link', 'del', 'dev', nic.hostName]),
    ),
    ...[...Map.groupBy(inner, (nic) => nic.pid)].flatMap(([pid, there]) =>
      batch(
        { tool: 'ip', pid, tolerant: true },
        there.map((nic) => ['link', 'del', 'dev', nic.name]),
      ),
    ),
  ]
}

type Making = Exclude<Op<Nic>, { type: 'delete' }>

const namespaceCommands = (pid: number | undefined, ops: readonly Making[]): readonly Command[] => {
  const fresh = ops.filter(isFresh).map((op) => op.to)
  const changed = ops.flatMap((op) => (op.type === 'update' && !isFresh(op) ? [op] : []))
  const offloads = [
    ...fresh.filter((nic) => innerForm(nic) === undefined && !nic.txOffload),
    ...changed.filter((op) => op.from.txOffload !== op.to.txOffload).map((op) => op.to),
  ]
  const within = pid === undefined ? {} : { pid }
  return [
    ...fresh.filter((nic) => placeOf(nic) === 'host').map(mustBeFree),
    ...batch({ tool: 'ip' }, [...fresh.flatMap(make), ...changed.flatMap((op) => changeHostEnd(op.to))]),
    ...batch({ tool: 'ip', ...within }, [
      ...fresh.flatMap((nic) => [...nameInside(nic), ...setNamedEnd(nic), ...setWay(nic)]),
      ...changed.flatMap((op) => (op.to.isTheirs === true ? [] : changeNamedEnd(op.from, op.to))),
    ]),
    ...offloads.map((nic) => inNamespace(pid, 'ethtool', ['-K', nic.name, 'tx', nic.txOffload ? 'on' : 'off'])),
  ]
}

/** Each attempt is followed by a look before the next. A device inside is not among those that are looked for here. */
const mayBeThere = (op: Making, there: ReadonlySet<string> | undefined): boolean =>
  op.type === 'update' || there === undefined || there.has(op.to.hostName) || innerForm(op.to) !== undefined

/** What was seen, and what may be left over of an attempt: by names that are ours, for a device inside is known by the same one there. */
const removeOld = (ops: readonly Making[]): readonly Command[] => {
  const seen = ops.flatMap((op) => (op.type === 'update' ? [op.from] : []))
  const inner = seen.filter((nic) => innerForm(nic) !== undefined)
  return remove([...ops.map(({ to }) => ({ ...to, name: to.hostName })), ...inner])
}

/** A broken nic, another namespace, name or form cannot be mended in place. */
const isFresh = (op: Making): boolean =>
  op.type === 'create' ||
  op.from.fault !== undefined ||
  op.from.pid !== op.to.pid ||
  op.from.hostName !== op.to.hostName ||
  op.from.name !== op.to.name ||
  isOtherForm(op.from.form, op.to.form)

/** The name of a host's end is given by people, so somebody else's device may have it. */
const mustBeFree = ({ name, endpoint }: Nic): ProcessCommand => ({
  file: 'test',
  args: ['!', '-e', `/sys/class/net/${name}`],
  otherwise: `this host has a device ${name} already that is not Skein's, so ${endpoint} cannot be made: rename or remove it, or take another name`,
})

const make = (nic: Nic): readonly BatchLine[] => {
  const form = innerForm(nic)
  if (form === undefined) return makePair(nic)
  const mtu = nic.mtuBytes === 0 ? [] : ['mtu', String(nic.mtuBytes)]
  const kind = ['type', form.type, 'mode', form.mode]
  const mark = encodeAlias({ kind: 'inner', lab: nic.lab, of: nic.endpoint, form })
  return [
    ['link', 'add', 'link', form.parent, 'name', nic.hostName, ...mtu, 'address', nic.mac, ...kind],
    ['link', 'set', 'dev', nic.hostName, 'alias', mark],
    ['link', 'set', 'dev', nic.hostName, 'netns', String(nic.pid), 'name', nic.name],
  ]
}

/** `addrgenmode` is a line of its own: together with `up` the kernel would still make an IPv6 address first. */
const makePair = (nic: Nic): readonly BatchLine[] => {
  const isHost = placeOf(nic) === 'host'
  const mtu = ['mtu', String(nic.mtuBytes)]
  const netns = isHost ? [] : ['netns', String(nic.pid)]
  const address = nic.mac === '' ? [] : ['address', nic.mac]
  const peer = ['peer', 'name', nic.name, ...mtu, ...address, ...netns]
  const mark = { kind: isHost ? 'host' : 'nic', lab: nic.lab, of: nic.endpoint } as const
  return [
    ['link', 'add', nic.hostName, ...mtu, 'type', 'veth', ...peer],
    ['link', 'set', 'dev', nic.hostName, 'alias', encodeAlias(mark)],
    ...(isHost ? [['link', 'set', 'dev', nic.name, 'alias', encodeAlias({ ...mark, kind: 'far' })]] : []),
    ['link', 'set', 'dev', nic.hostName, 'addrgenmode', 'none'],
    ['link', 'set', 'dev', nic.hostName, carrier(nic)],
  ]
}

/** Where one end of a pair is down the other one has no carrier, as of a cable that is not plugged in. */
const carrier = ({ up }: Nic): 'up' | 'down' => (up ? 'up' : 'down')

const setNamedEnd = (nic: Nic): readonly BatchLine[] => [
  ...joinBridge(nic),
  ...nic.addresses.map((address) => ['addr', 'replace', address, 'dev', nic.name, ...manner(nic, address)]),
  ['link', 'set', 'dev', nic.name, 'up'],
]

/**
 * Of management networks the leader gives addresses, so nobody need be asked first whether somebody has one. A gateway's, alone in its
 * prefix, is every host's: it must not be what a host speaks from.
 */
const manner = ({ lab, way }: Nic, address: string): BatchLine => {
  if ((lab !== MGMT_LAB && way === undefined) || !address.includes(':')) return []
  return address.endsWith('/128') ? ['nodad', 'preferred_lft', '0'] : ['nodad']
}

/** The way out, over a gateway whose MAC address is told, so that it is this host's and no other's. */
const setWay = ({ way, name }: Nic): readonly BatchLine[] =>
  (way?.gateways ?? []).flatMap((gateway) => [
    ['neigh', 'replace', gateway, 'lladdr', way?.mac ?? '', 'dev', name, 'nud', 'permanent'],
    ['route', 'replace', gateway.includes(':') ? '::/0' : 'default', 'via', gateway, 'dev', name],
  ])

/** Once it is where it belongs: kernels before 6.6 lose other names on the way. */
const nameInside = (nic: Nic): readonly BatchLine[] =>
  innerForm(nic) === undefined ? [] : [['link', 'property', 'add', 'dev', nic.name, 'altname', nic.hostName]]

/** What is in a bridge needs no address of its own, and must not speak for the host. */
const joinBridge = (nic: Nic): readonly BatchLine[] => {
  const master = masterOf(nic)
  return master === undefined
    ? []
    : [
        ['link', 'set', 'dev', nic.name, 'addrgenmode', 'none'],
        ['link', 'set', 'dev', nic.name, 'master', master],
      ]
}

const changeHostEnd = (nic: Nic): readonly BatchLine[] =>
  innerForm(nic) === undefined
    ? [
        ['link', 'set', 'dev', nic.hostName, 'mtu', String(nic.mtuBytes)],
        ['link', 'set', 'dev', nic.hostName, carrier(nic)],
      ]
    : []

const changeNamedEnd = (from: Nic, to: Nic): readonly BatchLine[] => [
  ...(to.mtuBytes === 0 ? [] : [['link', 'set', 'dev', to.name, 'mtu', String(to.mtuBytes)]]),
  ...(from.mac === to.mac || to.mac === '' ? [] : [['link', 'set', 'dev', to.name, 'address', to.mac]]),
  ...(masterOf(from) !== undefined && masterOf(to) === undefined ? [['link', 'set', 'dev', to.name, 'nomaster']] : []),
  // Before others are added: the kernel drops those of its network with it.
  ...presentCidrs(to.notAddresses ?? [], from.addresses).map((address) => ['addr', 'del', address, 'dev', to.name]),
  ...setNamedEnd(to),
]

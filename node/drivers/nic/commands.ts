import type { Nic, Op } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import { type BatchLine, batch, inNamespace } from '../batch.ts'
import type { Step } from '../driver.ts'
import { encodeAlias } from '../owner-mark.ts'

/** Steps for veth pairs: one for all that go, one for each namespace that gets or changes some. */
export const nicSteps = (ops: readonly Op<Nic>[]): readonly Step[] => {
  const wanted = ops.filter((op) => op.type !== 'delete')
  const made = new Set(wanted.map((op) => op.to.hostName))
  const gone = ops.filter((op) => op.type === 'delete' && !made.has(op.from.hostName))
  const byPid = Map.groupBy(wanted, (op) => op.to.pid)
  return [
    ...(gone.length === 0
      ? []
      : [{ ops: gone, commands: remove(gone.flatMap((op) => (op.type === 'delete' ? [op.from] : []))) }]),
    ...[...byPid].map(([pid, ofPid]) => ({ ops: ofPid, commands: namespaceCommands(pid, ofPid) })),
  ]
}

/** Taking one end away takes the pair. */
const remove = (nics: readonly Nic[]): readonly Command[] =>
  batch(
    { tool: 'ip', tolerant: true },
    nics.map((nic) => ['link', 'del', 'dev', nic.hostName]),
  )

const namespaceCommands = (pid: number, ops: readonly Exclude<Op<Nic>, { type: 'delete' }>[]): readonly Command[] => {
  const fresh = ops.filter(isFresh).map((op) => op.to)
  const changed = ops.flatMap((op) => (op.type === 'update' && !isFresh(op) ? [op] : []))
  const offloads = [
    ...fresh.filter((nic) => !nic.txOffload),
    ...changed.filter((op) => op.from.txOffload !== op.to.txOffload).map((op) => op.to),
  ]
  return [
    ...remove(fresh),
    ...batch({ tool: 'ip' }, [...fresh.flatMap(makePair), ...changed.flatMap((op) => changeHostEnd(op.to))]),
    ...batch({ tool: 'ip', pid }, [
      ...fresh.flatMap(setInnerEnd),
      ...changed.flatMap((op) => changeInnerEnd(op.from, op.to)),
    ]),
    ...offloads.map((nic) => inNamespace(pid, 'ethtool', ['-K', nic.name, 'tx', nic.txOffload ? 'on' : 'off'])),
  ]
}

/** A broken pair, another namespace or another name cannot be mended in place. */
const isFresh = (op: Exclude<Op<Nic>, { type: 'delete' }>): boolean =>
  op.type === 'create' ||
  op.from.fault !== undefined ||
  op.from.pid !== op.to.pid ||
  op.from.hostName !== op.to.hostName ||
  op.from.name !== op.to.name

/** `addrgenmode` is a line of its own: together with `up` the kernel would still make an IPv6 address first. */
const makePair = (nic: Nic): readonly BatchLine[] => {
  const mtu = ['mtu', String(nic.mtuBytes)]
  const peer = ['peer', 'name', nic.name, ...mtu, 'address', nic.mac, 'netns', String(nic.pid)]
  return [
    ['link', 'add', nic.hostName, ...mtu, 'type', 'veth', ...peer],
    ['link', 'set', 'dev', nic.hostName, 'alias', encodeAlias({ kind: 'nic', lab: nic.lab, of: nic.endpoint })],
    ['link', 'set', 'dev', nic.hostName, 'addrgenmode', 'none'],
    ['link', 'set', 'dev', nic.hostName, 'up'],
  ]
}

const setInnerEnd = (nic: Nic): readonly BatchLine[] => [...addresses(nic), ['link', 'set', 'dev', nic.name, 'up']]

const addresses = (nic: Nic): readonly BatchLine[] =>
  nic.addresses.map((address) => ['addr', 'replace', address, 'dev', nic.name])

const changeHostEnd = (nic: Nic): readonly BatchLine[] => [
  ['link', 'set', 'dev', nic.hostName, 'mtu', String(nic.mtuBytes)],
  ['link', 'set', 'dev', nic.hostName, 'up'],
]

const changeInnerEnd = (from: Nic, to: Nic): readonly BatchLine[] => [
  ['link', 'set', 'dev', to.name, 'mtu', String(to.mtuBytes)],
  ...(from.mac === to.mac ? [] : [['link', 'set', 'dev', to.name, 'address', to.mac]]),
  ...setInnerEnd(to),
]

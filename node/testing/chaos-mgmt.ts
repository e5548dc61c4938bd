import type { Expected } from './chaos-expect.ts'
import type { HostLook, SeenDevice } from './chaos-eyes.ts'

/** What the way between hosts carries whole, and so the management network. */
const MTU = 1370
const NETWORK = '_mgmt:clab'

/** Whether a device is of the management network: the end of a node or of a host, or its tunnel. */
export const isMgmt = ({ of = '' }: SeenDevice): boolean => /^nic:[^:]+:[^:]+:eth0$|^(?:host|far|vtep):_mgmt:/.test(of)

/** What a host has of the management network and should not, and the other way round, in words. All labs are in one. */
export const wrongMgmt = (look: HostLook, { labs, overlay }: Expected): readonly string[] => {
  const all = labs.flatMap(({ name, nodes }) =>
    nodes.flatMap(({ name: node, host, mgmt }) => (mgmt === undefined ? [] : [{ lab: name, node, host, mgmt }])),
  )
  const here = all.filter(({ host }) => host === look.host)
  const others = [
    ...new Set(all.flatMap(({ host }) => (host === look.host || !host ? [] : [overlay.get(host) ?? host]))),
  ].sort()
  const seen = look.devices.filter(isMgmt)
  const wanted = new Set([
    ...here.map(({ lab, node }) => `nic:${lab}:${node}:eth0`),
    ...(here.length === 0 ? [] : [`host:${NETWORK}:host`, `far:${NETWORK}:host`]),
    ...(here.length === 0 || others.length === 0 ? [] : [`vtep:${NETWORK}`]),
  ])
  const plugged = seen.filter(({ of = '' }) => !of.startsWith('far:'))
  const tags = new Set(plugged.map(({ name }) => look.ports.find(({ device }) => device === name)?.tag))
  return [
    ...[...wanted]
      .filter((of) => seen.filter((one) => one.of === of).length !== 1)
      .map((of) => `not one device of ${of}`),
    ...seen.filter(({ of = '' }) => !wanted.has(of)).map(({ of }) => `unwanted device of ${of}`),
    ...seen.filter(({ isUp }) => !isUp).map(({ of }) => `device of ${of} is down`),
    ...seen.filter(({ mtuBytes }) => mtuBytes !== MTU).map(({ of, mtuBytes }) => `device of ${of} has MTU ${mtuBytes}`),
    ...(tags.has(undefined) ? ['a device of the management network has no port'] : []),
    ...(tags.size > 1 ? [`the management network has tags ${[...tags].join(', ')}`] : []),
    ...plugged
      .filter(({ of, floods }) => of === `vtep:${NETWORK}` && floods.toSorted().join() !== others.join())
      .map(({ floods }) => `the management network floods to ${floods.join(', ')}, not ${others.join(', ')}`),
    ...here.flatMap(({ lab, node, mgmt }) => {
      const inner = look.containers.find(({ name }) => name === `clab-${lab}-${node}`)?.inner.get('eth0')
      return inner?.addresses.includes(`${mgmt.ipv4}/24`) === true ? [] : [`${lab}/${node}:eth0 lacks ${mgmt.ipv4}`]
    }),
  ]
}

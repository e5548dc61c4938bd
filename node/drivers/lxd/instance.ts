import type { Bind } from '#core/model/lab.ts'
import type { Workload, WorkloadSpec } from '#core/model/resource.ts'
import { imageSource } from './image-name.ts'
import { limits } from './limits.ts'
import { userConfig } from './mark.ts'
import { nameOf } from './names.ts'
import type { LxdOptions } from './requests.ts'

/** Body of `POST /1.0/instances` (LXD 5.0): no profile, so that nothing but this is in it. */
export const instanceBody = (options: Pick<LxdOptions, 'pool' | 'ipv6'>, workload: Workload): object => ({
  name: nameOf(workload),
  type: 'container',
  profiles: [],
  source: imageSource(workload.imageDigest ?? workload.spec.image),
  config: config(options, workload),
  devices: devices(options, workload.spec),
})

/**
 * Its own links are plugged from outside, so it gets no network device. It is not started by LXD: a lab node starts when its lab
 * is wanted here. Its host name is the node's, whatever the instance is called.
 */
const config = ({ ipv6 }: Pick<LxdOptions, 'ipv6'>, workload: Workload): Readonly<Record<string, string>> => {
  const { spec } = workload
  return {
    ...userConfig(workload),
    'boot.autostart': 'false',
    'raw.lxc': `lxc.uts.name = ${hostName(spec.hostname)}`,
    ...prefixed('environment.', spec.env),
    ...prefixed('linux.sysctl.', sysctls(spec.sysctls, ipv6)),
    ...limits(spec),
    ...(spec.privileged === true ? { 'security.privileged': 'true', 'security.nesting': 'true' } : {}),
  }
}

const prefixed = (prefix: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]))

const sysctls = (wanted: WorkloadSpec['sysctls'], ipv6: boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(wanted).filter(([key]) => ipv6 || !key.startsWith('net.ipv6.')))

/** 64 bytes with the final zero (uname(2)); names of lab nodes have no blanks. */
const hostName = (name: string): string => name.slice(0, 63)

const devices = ({ pool }: Pick<LxdOptions, 'pool'>, spec: WorkloadSpec): Record<string, Record<string, string>> => ({
  root: { type: 'disk', path: '/', pool: pool() },
  ...Object.fromEntries(spec.binds.map((bind, i) => [`bind${i}`, disk(bind)])),
})

/** Fails where its source is missing, as a mount does. */
const disk = ({ source, target, options = '' }: Bind): Record<string, string> => ({
  type: 'disk',
  source,
  path: target,
  ...(options.split(',').includes('ro') ? { readonly: 'true' } : {}),
})

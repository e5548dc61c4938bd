import { describe, expect, it } from 'vitest'
import type { WorkloadSpec } from '#core/model/resource.ts'
import { workloadSeen } from '#core/plan/testdata/workload.ts'
import { containerBody } from './body.ts'

const body = (more: Partial<WorkloadSpec>) => {
  const workload = workloadSeen()
  return containerBody({ ...workload, spec: { ...workload.spec, ...more } }, { ipv6: true, grantsAll: false })
}

describe('the body of a container', () => {
  it.each<[string, Partial<WorkloadSpec>, object]>([
    [
      'volumes',
      {
        volumes: [
          { name: 'data', target: '/d', readOnly: true },
          { target: '/a', noCopy: true },
        ],
      },
      {
        HostConfig: {
          Mounts: [
            { Type: 'volume', Source: 'data', Target: '/d', ReadOnly: true, VolumeOptions: { NoCopy: false } },
            { Type: 'volume', Target: '/a', ReadOnly: false, VolumeOptions: { NoCopy: true } },
          ],
        },
      },
    ],
    ['cpu-set', { cpuSet: '0-1' }, { HostConfig: { CpusetCpus: '0-1' } }],
    ['shm-size', { shmBytes: 1024 }, { HostConfig: { ShmSize: 1024 } }],
    [
      'devices',
      { devices: [{ source: '/dev/a', target: '/dev/b', permissions: 'rw' }] },
      { HostConfig: { Devices: [{ PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'rw' }] } },
    ],
    [
      'cap-add',
      { capAdd: ['SYS_TIME'] },
      { HostConfig: { CapAdd: expect.arrayContaining(['NET_ADMIN', 'SYS_TIME']) } },
    ],
    ['privileged', { privileged: true }, { HostConfig: { Privileged: true, CapAdd: [], SecurityOpt: [] } }],
    [
      'not privileged',
      { privileged: false, capAdd: ['NET_RAW'] },
      { HostConfig: { Privileged: false, CapAdd: ['NET_RAW'], SecurityOpt: [] } },
    ],
    ['tmpfs', { tmpfs: { '/t': 'size=1m' } }, { HostConfig: { Tmpfs: { '/t': 'size=1m' } } }],
    [
      'security-opts',
      { securityOpts: ['seccomp=default', 'label=disable'] },
      { HostConfig: { SecurityOpt: ['apparmor=unconfined', 'seccomp=default', 'label=disable'] } },
    ],
    [
      'control groups and processes',
      { cgroupns: 'host', cgroupParent: '/x', pid: 'host' },
      { HostConfig: { CgroupnsMode: 'host', CgroupParent: '/x', PidMode: 'host' } },
    ],
    [
      'dns',
      { dns: { servers: ['9.9.9.9'], search: ['a'], options: ['rotate'] } },
      { HostConfig: { Dns: ['9.9.9.9'], DnsSearch: ['a'], DnsOptions: ['rotate'] } },
    ],
    [
      'healthcheck',
      { healthcheck: { test: ['CMD', 'x'], intervalMs: 5000, timeoutMs: 2000, startPeriodMs: 3000, retries: 1 } },
      { Healthcheck: { Test: ['CMD', 'x'], Interval: 5e9, Timeout: 2e9, StartPeriod: 3e9, Retries: 1 } },
    ],
    ['nothing', {}, { Hostname: 'n', HostConfig: { NetworkMode: 'none', Privileged: false, MaskedPaths: [] } }],
  ])('%s', (_key, spec, expected) => expect(body(spec)).toMatchObject(expected))

  it('sets nothing of a network that is not its own', () => {
    const host = body({ network: 'host', sysctls: { 'kernel.msgmax': '1' } })
    expect(host).toMatchObject({ HostConfig: { NetworkMode: 'host', Sysctls: { 'kernel.msgmax': '1' } } })
    const dns = { servers: ['9.9.9.9'], search: [], options: [] }
    const shared = body({ network: { containerName: 'clab-lab-m' }, dns })
    expect(shared).toMatchObject({ HostConfig: { NetworkMode: 'container:clab-lab-m', Sysctls: {} } })
    expect(shared).not.toHaveProperty('Hostname')
    expect(shared).not.toHaveProperty('ExposedPorts')
    expect(shared).not.toHaveProperty('HostConfig.Dns')
  })
})

it.each([
  [true, true],
  [false, false],
])('privileged if the engine grants all (%s): %s', (grantsAll, Privileged) => {
  const workload = workloadSeen()
  const of = (more: Partial<WorkloadSpec>) =>
    containerBody({ ...workload, spec: { ...workload.spec, ...more } }, { ipv6: true, grantsAll })
  expect(of({ isPrivilegedIfGranted: true })).toMatchObject({ HostConfig: { Privileged } })
  expect(of({})).toMatchObject({ HostConfig: { Privileged: false } })
})

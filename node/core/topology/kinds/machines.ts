import type { VendorKind } from './vendor-kind.ts'

interface Machine {
  /** `vendor model`, or a name that is none of this form. */
  readonly names: string
  readonly what: string
  readonly user: string
  readonly password: string
  readonly env?: Readonly<Record<string, string>>
  readonly type?: string
  readonly cmd?: string
  /** Null where the image takes none. */
  readonly config?: string | null
  readonly licensePath?: string
  readonly save?: readonly string[]
  readonly get?: readonly string[]
}

/** Images that come with a way to fetch the configuration out of the machine. */
const SONIC: Pick<Machine, 'config' | 'save' | 'get'> = {
  config: '/config/config_db.json',
  save: ['sh', '-c', '/backup.sh -u "$USERNAME" -p "$PASSWORD" backup'],
  get: ['cat', '/config/config_db.json'],
}

/** What every image of vrnetlab takes: github.com/hellt/vrnetlab, `launch.py`. */
const LAUNCH =
  '--username {USERNAME} --password {PASSWORD} --hostname {node} --connection-mode {CONNECTION_MODE} --trace'

/**
 * Machines in images of vrnetlab, as containerlab's source has them as of v0.79 (nodes/vr_*): names, first account, sizes. The image has a
 * health check, and takes a configuration as a file. What the machine has become of it nobody outside can see without logging in.
 */
const MACHINES: readonly Machine[] = [
  { names: 'juniper_vmx vr-vmx vr-juniper_vmx', what: 'Juniper vMX', user: 'admin', password: 'admin@123' },
  { names: 'juniper_vqfx vr-vqfx vr-juniper_vqfx', what: 'Juniper vQFX', user: 'admin', password: 'admin@123' },
  { names: 'juniper_vsrx vr-vsrx vr-juniper_vsrx', what: 'Juniper vSRX', user: 'admin', password: 'admin@123' },
  { names: 'juniper_vjunosrouter', what: 'Juniper vJunos-router', user: 'admin', password: 'admin@123' },
  { names: 'juniper_vjunosswitch', what: 'Juniper vJunos-switch', user: 'admin', password: 'admin@123' },
  { names: 'juniper_vjunosevolved', what: 'Juniper vJunosEvolved', user: 'admin', password: 'admin@123' },
  { names: 'cisco_xrv vr-xrv vr-cisco_xrv', what: 'Cisco XRv', user: 'clab', password: 'clab@123' },
  {
    names: 'cisco_xrv9k vr-xrv9k vr-cisco_xrv9k',
    what: 'Cisco XRv9k',
    user: 'clab',
    password: 'clab@123',
    env: { QEMU_SMP: '2', QEMU_MEMORY: '16384' },
  },
  {
    names: 'cisco_xrd_vrouter',
    what: 'Cisco XRd vRouter',
    user: 'clab',
    password: 'clab@123',
    env: { QEMU_SMP: '4', QEMU_MEMORY: '10240' },
  },
  { names: 'cisco_csr1000v vr-csr vr-cisco_csr1000v', what: 'Cisco CSR 1000v', user: 'admin', password: 'admin' },
  { names: 'cisco_n9kv vr-n9kv vr-cisco_n9kv', what: 'Cisco Nexus 9000v', user: 'admin', password: 'admin' },
  { names: 'cisco_c8000v', what: 'Cisco Catalyst 8000v', user: 'admin', password: 'admin' },
  {
    names: 'cisco_cat9kv',
    what: 'Cisco Catalyst 9000v',
    user: 'admin',
    password: 'admin',
    env: { QEMU_SMP: '4', QEMU_MEMORY: '18432' },
  },
  { names: 'cisco_asav', what: 'Cisco ASAv', user: 'admin', password: 'CiscoAsa1!' },
  { names: 'cisco_ftdv', what: 'Cisco FTDv', user: 'admin', password: 'Admin@123' },
  {
    names: 'cisco_vios',
    what: 'Cisco IOSv',
    user: 'admin',
    password: 'admin',
    env: { CLAB_MGMT_PASSTHROUGH: 'true' },
  },
  { names: 'arista_veos vr-veos vr-arista_veos', what: 'Arista vEOS', user: 'admin', password: 'admin' },
  {
    names: 'nokia_sros vr-sros vr-nokia_sros',
    what: 'Nokia SR OS (vSIM)',
    user: 'admin',
    password: 'admin',
    type: 'sr-1',
    cmd: '--trace --connection-mode {CONNECTION_MODE} --hostname {node} --variant {type}',
    config: '/tftpboot/config.txt',
    licensePath: '/tftpboot/license.txt',
  },
  {
    names: 'mikrotik_ros vr-ros vr-mikrotik_ros',
    what: 'MikroTik RouterOS',
    user: 'admin',
    password: 'admin',
    config: '/ftpboot/config.auto.rsc',
  },
  {
    names: 'paloalto_panos vr-pan vr-paloalto_panos',
    what: 'Palo Alto PAN-OS',
    user: 'admin',
    password: 'Admin@123',
    env: { QEMU_SMP: '2', QEMU_MEMORY: '6144', QEMU_CPU: 'qemu64' },
  },
  { names: 'aruba_aoscx vr-aoscx vr-aruba_aoscx', what: 'Aruba AOS-CX', user: 'admin', password: 'admin' },
  { names: 'dell_ftosv vr-ftosv vr-dell_ftosv', what: 'Dell FTOSv', user: 'admin', password: 'admin' },
  { names: 'sonic-vm', what: 'SONiC in a machine', user: 'admin', password: 'admin', ...SONIC },
  { names: 'dell_sonic', what: 'Dell Enterprise SONiC', user: 'admin', password: 'admin', ...SONIC },
  {
    names: 'fortinet_fortigate',
    what: 'Fortinet FortiGate',
    user: 'admin',
    password: 'admin',
    env: { QEMU_SMP: '2', QEMU_MEMORY: '2048' },
  },
  {
    names: 'huawei_vrp',
    what: 'Huawei VRP',
    user: 'admin',
    password: 'admin',
    env: { QEMU_SMP: '2', QEMU_MEMORY: '2048' },
  },
  { names: 'checkpoint_cloudguard', what: 'Check Point CloudGuard', user: 'admin', password: 'admin', config: null },
  { names: 'ipinfusion_ocnos', what: 'IP Infusion OcNOS', user: 'admin', password: 'admin@123', config: null },
  { names: 'nvidia_cumulusvx', what: 'NVIDIA Cumulus VX', user: 'cumulus', password: 'Clab123!' },
  { names: 'freebsd', what: 'FreeBSD', user: 'admin', password: 'admin' },
  { names: 'openbsd', what: 'OpenBSD', user: 'admin', password: 'admin' },
  { names: 'generic_vm', what: 'any other image of vrnetlab', user: 'clab', password: 'clab@123' },
]

const machine = ({ names, what, user, password, env, config, cmd = LAUNCH, ...rest }: Machine): VendorKind => ({
  names: names.split(' '),
  what,
  env: { USERNAME: user, PASSWORD: password, CONNECTION_MODE: 'tc', ...env },
  cmd: cmd.split(' '),
  hasHealth: true,
  // The serial line of the machine, as vrnetlab gives it.
  console: ['telnet', 'localhost', '5000'],
  ...(config === null ? {} : { config: { path: config ?? '/config/startup-config.cfg' } }),
  ...rest,
})

/** Kinds whose images hold a machine. */
export const MACHINE_KINDS: readonly VendorKind[] = MACHINES.map(machine)

import type { BootCommand } from '../../model/software.ts'
import type { VendorKind } from './vendor-kind.ts'

const MINUTE_MS = 60_000

/** A command that says by what it prints that the software inside takes commands. */
const ready = (prints: string, ...argv: readonly string[]): BootCommand => ({
  argv,
  until: { prints, withinMs: 10 * MINUTE_MS },
})

/** Links are plugged into a container that runs: software that looks for its interfaces once must wait until all are there, at most two minutes. */
const WAIT_FOR_LINKS =
  'n=0; while [ "$(ls -d /sys/class/net/et*[1-9]* 2>/dev/null | wc -l)" -lt "$CLAB_INTFS" ] && [ $n -lt 120 ]; do sleep 1; n=$((n+1)); done; '

/** SR Linux takes commands as text only once it runs; what it loaded is put aside, so that a restart does not load it again. */
const SRL_TEXT = '/tmp/startup-config.cli'
const LOAD_SRL_TEXT = `test -s ${SRL_TEXT} || exit 0; su -s /bin/bash admin -c '/opt/srlinux/bin/sr_cli -ed < ${SRL_TEXT}' && /opt/srlinux/bin/sr_cli -ed commit save && mv ${SRL_TEXT} ${SRL_TEXT}.loaded`

/** containerlab's source as of v0.79 (nodes/srl, ceos, crpd, vyosnetworks_vyos, sonic, xrd): environment, commands, paths. */
export const CONTAINER_KINDS: readonly VendorKind[] = [
  {
    names: ['nokia_srlinux', 'srl'],
    what: 'Nokia SR Linux',
    cmd: ['sudo', '-E', 'bash', '-c', 'touch /.dockerenv && /opt/srlinux/bin/sr_linux'],
    user: '0:0',
    env: { SRLINUX: '1' },
    sysctls: {
      'net.ipv4.ip_forward': '0',
      'net.ipv6.conf.all.disable_ipv6': '0',
      'net.ipv6.conf.all.accept_dad': '0',
      'net.ipv6.conf.default.accept_dad': '0',
      'net.ipv6.conf.all.autoconf': '0',
      'net.ipv6.conf.default.autoconf': '0',
    },
    tmpfs: { '/run/netns': 'rw,nosuid,nodev,noexec' },
    boot: [
      ready(
        'running',
        '/opt/srlinux/bin/sr_cli',
        '-d',
        'info from state system app-management application mgmt_server state',
      ),
      ready(
        'loaded initial configuration',
        'cat',
        '/etc/opt/srlinux/devices/app_ephemeral.mgmt_server.ready_for_config',
      ),
      { argv: ['bash', '-c', LOAD_SRL_TEXT] },
    ],
    config: { path: '/etc/opt/srlinux/config.json', textPath: SRL_TEXT },
    licensePath: '/opt/srlinux/etc/license.key',
    save: ['/opt/srlinux/bin/sr_cli', '-d', 'tools system configuration save'],
    get: ['cat', '/etc/opt/srlinux/config.json'],
    console: ['/opt/srlinux/bin/sr_cli'],
  },
  {
    names: ['arista_ceos', 'ceos'],
    what: 'Arista cEOS',
    cmd: ['bash', '-c', `${WAIT_FOR_LINKS}exec /sbin/init {setenv}`],
    env: {
      CEOS: '1',
      EOS_PLATFORM: 'ceoslab',
      container: 'docker',
      ETBA: '1',
      SKIP_ZEROTOUCH_BARRIER_IN_SYSDBINIT: '1',
      INTFTYPE: 'eth',
      MAPETH0: '1',
      MGMT_INTF: 'eth0',
    },
    boot: [ready('image version', 'Cli', '-p', '15', '-c', 'show version')],
    config: { path: '/mnt/flash/startup-config' },
    fallback: [
      'hostname {{ .ShortName }}',
      'username admin privilege 15 secret admin',
      'service routing protocols model multi-agent',
      'interface Management0',
      '   ip address {{ .MgmtIPv4Address }}/{{ .MgmtIPv4PrefixLength }}',
      '   ipv6 address {{ .MgmtIPv6Address }}/{{ .MgmtIPv6PrefixLength }}',
      'ip route 0.0.0.0/0 {{ .MgmtIPv4Gateway }}',
      'ipv6 route ::/0 {{ .MgmtIPv6Gateway }}',
      'management api http-commands',
      '   no shutdown',
      'end',
    ],
    save: ['Cli', '-p', '15', '-c', 'write'],
    get: ['cat', '/mnt/flash/startup-config'],
    console: ['Cli'],
  },
  {
    names: ['juniper_crpd', 'crpd'],
    what: 'Juniper cRPD',
    boot: [ready('Junos:', 'cli', 'show', 'version')],
    config: { path: '/config/juniper.conf' },
    fallback: [
      'system {',
      '    host-name {{ .ShortName }};',
      '    services { ssh { root-login allow; } netconf { ssh; } }',
      '}',
    ],
    licensePath: '/config/license/license.lic',
    get: ['cli', 'show', 'configuration'],
    console: ['cli'],
  },
  {
    names: ['vyosnetworks_vyos'],
    what: 'VyOS',
    binds: ['/lib/modules:/lib/modules:ro'],
    boot: [ready('Version:', '/opt/vyatta/bin/vyatta-op-cmd-wrapper', 'show', 'version')],
    config: { path: '/opt/vyatta/etc/config/config.boot', mode: 0o664, gid: 102 },
    save: [
      'sg',
      'vyattacfg',
      '-c',
      `/bin/vbash -c 'source /opt/vyatta/etc/functions/script-template; configure; save; exit'`,
    ],
    get: ['cat', '/opt/vyatta/etc/config/config.boot'],
  },
  {
    names: ['sonic-vs'],
    what: 'SONiC (docker-sonic-vs)',
    entrypoint: ['/bin/bash'],
    boot: [
      // It starts no earlier than here, for it looks for its interfaces once.
      { argv: ['bash', '-c', 'pgrep supervisord >/dev/null || nohup supervisord >/dev/null 2>&1 &'] },
      ready('start', 'bash', '-c', 'supervisorctl start bgpd 2>&1 | grep -E "started|already"'),
    ],
    config: { path: '/etc/sonic/config_db.json' },
    save: ['config', 'save', '-y'],
    get: ['cat', '/etc/sonic/config_db.json'],
  },
  {
    names: ['cisco_xrd', 'xrd'],
    what: 'Cisco XRd control plane',
    env: {
      XR_FIRST_BOOT_CONFIG: '/etc/xrd/first-boot.cfg',
      XR_MGMT_INTERFACES: 'linux:eth0,xr_name=Mg0/RP0/CPU0/0,chksum,snoop_v4,snoop_v6',
    },
    interfaces: { variable: 'XR_INTERFACES', each: 'linux:{name},xr_name={vendor};' },
    boot: [ready('Cisco IOS XR', '/pkg/bin/xr_cli.sh', 'show version')],
    config: { path: '/etc/xrd/first-boot.cfg' },
    fallback: [
      'hostname {{ .ShortName }}',
      'username clab',
      ' group root-lr',
      ' group cisco-support',
      ' secret clab@123',
      '!',
      'interface MgmtEth0/RP0/CPU0/0',
      ' ipv4 address {{ .MgmtIPv4Address }}/{{ .MgmtIPv4PrefixLength }}',
      '!',
      'ssh server v2',
      'end',
    ],
    get: ['/pkg/bin/xr_cli.sh', 'show running-config'],
    console: ['/pkg/bin/xr_cli.sh'],
  },
]

import { differs, type KeyRow, keySet, same, unsupported } from './key-row.ts'

/**
 * containerlab's `topology.nodes.<name>` (schemas/clab.schema.json), also for `defaults` and each entry of `kinds` and `groups`; `host`
 * is ours.
 */
export const NODE_KEY_ROWS: readonly KeyRow[] = [
  same('kind', 'decides what the node is made as; which kinds there are is told where one is unknown'),
  same('type', 'label `clab-node-type`; kinds of vendors read it'),
  same('group', 'draws on `groups`, and is the label `clab-node-group`'),
  differs(
    'host',
    'ours: the host the node must run on; the label `skein/host` says the same in a file containerlab must accept',
  ),
  same('image', 'the host that runs the node has it or fetches it'),
  same(
    'image-pull-policy',
    'without it an image that is missing comes from another host, or a registry; `Never` wants it on the host, `Always` fetches it from a registry each time the container is made',
  ),
  same('cmd', 'split as a shell would, run without one'),
  same('entrypoint', 'split as a shell would, run without one'),
  differs(
    'exec',
    'run once per start of the container, after its links are there; a failing one is a note, not an error',
  ),
  differs(
    'binds',
    'files and folders travel with the lab by content, also from `~`, `..` and absolute paths; folders of the system (`/dev`, `/proc`, `/run`, `/sys`, `/lib/modules` …) are those of the host that runs the node',
  ),
  differs(
    'volumes',
    'made on the host that runs the node, where they stay; a volume does not follow a node to another host',
  ),
  same('env', 'values as written; over what `env-files` say'),
  same('env-files', 'read where the lab is submitted, travel as environment'),
  differs('ports', 'published by the host that runs the node; one holder for each host and port'),
  same('labels', "next to containerlab's own and ours"),
  same('user', 'who the first process runs as'),
  same('hostname', 'absent means the name of the node'),
  same('mgmt-ipv4', 'one address of the management network, the same on whichever host the node runs'),
  same('mgmt-ipv6', 'one address of the management network, the same on whichever host the node runs'),
  differs(
    'network-mode',
    '`none` and `bridge` as they are; `host` is the network of the host that runs the node; `container:NODE` puts both nodes on one host and in one network namespace',
  ),
  same('sysctls', 'set in the container; forwarding and IPv6 are on unless said otherwise'),
  differs(
    'restart-policy',
    "Skein starts again what ended, as `always`; `no` leaves it, `on-failure` leaves what ended well; the engine's own policy is never used, so that links come back with the node",
  ),
  differs('auto-remove', 'a node that ended is left as with `restart-policy: no`, and removed with its lab'),
  same('cpu', 'CPUs, fractions allowed'),
  same('cpu-set', 'CPUs of the host that runs the node'),
  differs('memory', "units count in 1024s, as docker's do; that much of its host's memory is promised to the node"),
  differs('shm-size', "units count in 1024s, as docker's do"),
  same('devices', 'of the host that runs the node'),
  same('cap-add', 'next to what every node gets'),
  differs(
    'privileged',
    "absent: the capabilities a network node needs, nothing hidden, no seccomp and AppArmor; `true`: all, where the engine can; `false`: the engine's defaults and `cap-add`",
  ),
  same('tmpfs', 'by place in the container'),
  same('security-opts', 'next to those every node gets; one for `seccomp` or `apparmor` replaces ours'),
  same('cgroupns-mode', '`host` or `private`'),
  same('cgroup-parent', 'a path below the control groups of the host that runs the node'),
  same('pid-mode', '`host`: the processes of the host that runs the node; no other mode'),
  same('dns', 'servers, search domains and options of the container'),
  same('aliases', 'more names of the node in the management network'),
  same('healthcheck', "the engine's own; the node is ready when it is healthy"),
  same('startup-delay', 'seconds, counted by the host that runs the node'),
  differs(
    'stages',
    'nodes wait for each other over all hosts; `target: host` is the host that runs the node; once per start of the container',
  ),
  same(
    'startup-config',
    'a file that travels with the lab, an address, or text in place; put where the kind has its configuration, for `linux` where the label `skein/config-file` says; what `skein lab save` kept counts more',
  ),
  same('enforce-startup-config', 'the startup configuration counts more than a saved one'),
  same('suppress-startup-config', 'no startup configuration is put in place, a saved one is'),
  same('license', 'a file that travels with the lab; put where the kind has it'),
  unsupported('certificate', 'certificates are not made'),
  unsupported('components', 'for chassis of one vendor'),
  unsupported('config', 'configuration templates are not filled in'),
  unsupported('credentials', 'nothing logs in to nodes'),
  unsupported('extras', 'for kinds of some vendors'),
  unsupported('link-apply-mode', 'links are always changed live'),
  unsupported('position', 'for graphs'),
  unsupported('runtime', 'the kind decides what runs the node'),
]

/** Under `stages`. */
export const STAGES_KEYS = keySet('`stages`', [
  same('create', 'until the container runs; a wait here holds up the container'),
  same('create-links', 'until all links of the node are there; a wait here holds up the links'),
  same('configure', 'after the links; a wait here holds up `exec`'),
  same('healthy', 'until the health check of the node passes; without one, until `exec` is done'),
  differs('exit', 'until the node has ended by itself; it is then not started again unless `restart-policy` says so'),
])

/** One of the stages. */
export const STAGE_KEYS = keySet('a stage', [
  same('wait-for', 'nodes on any host of the lab'),
  differs('exec', 'commands without a shell, once per start of the container'),
])

export const WAIT_KEYS = keySet('an item of `wait-for`', [
  same('node', 'the node that is waited for'),
  same('stage', 'the stage it must have behind it'),
])

export const STAGE_EXEC_KEYS = keySet('an item of `exec`', [
  same('command', 'split as a shell would, run without one'),
  same('phase', '`on-enter`, as where nothing is said, or `on-exit`'),
  differs('target', '`container`, as where nothing is said, or `host`: the host that runs the node'),
])

export const STAGE_PHASE_KEYS = keySet('`exec` of a stage, where it is no list', [
  same('on-enter', 'commands in the container when the stage begins'),
  same('on-exit', 'commands in the container when the stage is over'),
])

export const HEALTHCHECK_KEYS = keySet('`healthcheck`', [
  same('test', '`CMD` or `CMD-SHELL` and the words behind it, or `NONE`'),
  same('interval', 'seconds from one check to the next'),
  same('timeout', 'seconds after which a check has failed'),
  same('start-period', 'seconds in which failures do not count'),
  same('retries', 'failures in a row that make it unhealthy'),
])

export const DNS_KEYS = keySet('`dns`', [
  same('servers', 'addresses'),
  same('search', 'domains'),
  same('options', 'of resolv.conf'),
])

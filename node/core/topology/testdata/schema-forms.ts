/**
 * The keys of containerlab's schema (`schemas/clab.schema.json` of v0.79) by place, each with one example of every form the schema or the
 * manual (`docs/manual/nodes.md`) allows, as YAML. What Skein says to each is checked by schema-forms.test.ts.
 */
export type Forms = Readonly<Record<string, readonly string[]>>

/** Of a node, and so of `defaults`, kinds and groups. */
export const NODE_FORMS: Forms = {
  image: ['alpine:3', 'ghcr.io/nokia/srlinux', 'registry.example.com:5000/a/b@sha256:0123abcd'],
  'image-pull-policy': ['always', 'Always', 'never', 'Never', 'ifnotpresent', 'IfNotPresent'],
  'restart-policy': [
    ...['no', '"no"', 'No', 'on-failure', 'On-failure'],
    ...['always', 'Always', 'unless-stopped', 'Unless-stopped'],
  ],
  kind: ['linux'],
  license: ['license.key', 'https://licenses.example.com/srl2/license.key', '"line one\\nline two\\n"'],
  type: ['ixr-d2l', '"123"', 'a b'],
  group: ['spine', '10', 'Area 1 (A-Building)'],
  'startup-config': ['node1.cfg', '/root/lab/node1.cfg', 'https://example.com/node1.cfg', '"hostname a\\n!\\n"'],
  'startup-delay': ['0', '10'],
  'enforce-startup-config': ['true', 'false'],
  'suppress-startup-config': ['true', 'false'],
  'auto-remove': ['true', 'false'],
  exec: ['[ip a]', '["bash -c \'echo \\"foobar\\" > /root/x\'", echo b]'],
  binds: ['["a.txt:/a.txt"]', '["a:/a:ro", "/abs/b:/b:rw", "~/c:/c", "../d:/d"]', '["x.bin:/x.bin:ro,z"]'],
  volumes: ['[data:/data]', '["shared-data:/srv/shared:ro", /var/log/app]', '["a:/a:nocopy", "b:/b:volume-nocopy"]'],
  ports: [
    ...['[]', '["80"]', '["8080:80"]', '["8080:80/tcp", "55555:43555/udp"]', '["127.0.0.1:8080:80"]'],
    ...['["127.0.0.1:8080:80/udp"]', '["8000-8002:80"]', '["8000-8001:80-81/tcp"]', '["9000:9000/sctp"]'],
  ],
  env: ['{A: text, B: 1.50, C: true}', '{}'],
  credentials: ['{username: admin, password: "x", identity-file: ~/.ssh/key}'],
  'env-files': ['[a.env]', '[/abs/a.env, ../b.env]'],
  user: ['alice', '1000', '"1000:1000"', '0'],
  hostname: ['app-production-01001', 'r1.example.com'],
  entrypoint: ['entrypoint.sh', '/bin/sh -c "a b"'],
  cmd: ['bash cmd.sh', 'ash -c "echo $X > /tmp/v && sleep 9999"'],
  labels: ['{a: text, b: 1}', '{}'],
  runtime: ['docker', 'podman'],
  'mgmt-ipv4': ['172.20.20.100'],
  'mgmt-ipv6': ['3fff:172:20:20::100'],
  'network-mode': ['host', 'none', 'bridge', '"container:r2"'],
  'link-apply-mode': ['live', 'restart', 'recreate'],
  cpu: ['0', '1', '1.5'],
  memory: ['1Gb', '512MB', '256mib', '1G', '"8388608"', '1.5gb'],
  'cpu-set': ['0-3', '"0,3"', '"0-1,4-5"'],
  extras: ['{ceos-copy-to-flash: [a.cfg]}'],
  config: ['{vars: {a: 1}}'],
  stages: [
    '{create: {wait-for: [{node: r2, stage: create}]}}',
    '{create-links: {wait-for: [{node: r2, stage: create-links}], exec: [{command: ls /, target: container, phase: on-enter}]}}',
    '{configure: {exec: [{command: ls /, phase: on-exit}, {command: ls /}]}, healthy: {wait-for: [{node: r2, stage: exit}]}}',
    '{configure: {exec: {on-enter: [ls /], on-exit: [ls /, "ls /tmp"]}}, exit: {}}',
  ],
  dns: ['{servers: [1.1.1.1, "fd00::1"], search: [foo.com], options: [some-opt]}', '{servers: [1.1.1.1]}'],
  certificate: ['{issue: true, key-size: 4096, validity-duration: 1h, sans: [a.example]}'],
  healthcheck: [
    '{test: [CMD-SHELL, cat /etc/os-release], interval: 1, retries: 3, timeout: 2, start-period: 5}',
    '{test: [CMD, "true"]}',
  ],
  components: ['[{slot: A}, {slot: 1, type: iom5-e, mda: [{slot: 1, type: me6-100gb-qsfp28}]}]'],
  aliases: ['[l2.mydomain.com]', '[]'],
  'shm-size': ['256MB', '64mib', '1.5 GB', '"1048576"'],
  'cap-add': ['[NET_ADMIN, SYS_ADMIN]', '[cap_net_raw]'],
  privileged: ['true', 'false'],
  'cgroupns-mode': ['host', 'private'],
  'cgroup-parent': ['/xform/my-lab/leaves', 'containerlab.slice'],
  'pid-mode': ['host'],
  tmpfs: ['{/run: "rw,nosuid,nodev", /tmp: ""}'],
  'security-opts': ['[seccomp=unconfined]', '["label:disable"]'],
  sysctls: ['{net.ipv4.ip_forward: 1, net.ipv6.icmp.ratelimit: "1000"}'],
  devices: ['[/dev/ppp, /dev/net/tun]', '["/dev/a:/dev/b:rw"]'],
}

/** Of `mgmt`, in the company each needs. */
export const MGMT_FORMS: Forms = {
  network: ['{network: mgmt}', '{network: my_net.1}'],
  bridge: ['{bridge: mybridge}'],
  'ipv4-subnet': ['{ipv4-subnet: 172.100.100.0/24}', '{ipv4-subnet: auto}'],
  'ipv6-subnet': ['{ipv6-subnet: "3fff:172:100:100::/64"}', '{ipv6-subnet: auto}'],
  'ipv4-gw': ['{ipv4-subnet: 172.100.100.0/24, ipv4-gw: 172.100.100.254}'],
  'ipv6-gw': ['{ipv6-subnet: "3fff:100::/64", ipv6-gw: "3fff:100::ffff"}'],
  'ipv4-range': [
    '{ipv4-subnet: 172.100.100.0/24, ipv4-range: 172.100.100.128/25}',
    '{ipv4-subnet: 172.20.30.0/24, ipv4-range: 172.20.30.8/30}',
    '{ipv4-subnet: 172.20.30.0/24, ipv4-range: 172.20.30.8/32}',
  ],
  'ipv6-range': ['{ipv6-subnet: "3fff:172:100:100::/64", ipv6-range: "3fff:172:100:100:8000::/65"}'],
  mtu: ['{mtu: 1500}', '{mtu: 9000}'],
  'external-access': ['{external-access: true}', '{external-access: false}'],
  'skip-when-unused': ['{skip-when-unused: true}', '{skip-when-unused: false}'],
  'driver-opts': ['{driver-opts: {com.docker.network.bridge.gateway_mode_ipv4: nat-unprotected}}'],
}

/** Whole links, each one item of `links`; `r1` and `r2` are nodes. */
export const LINK_FORMS: readonly string[] = [
  '{endpoints: ["r1:eth1", "r2:eth1"]}',
  '{endpoints: ["r1:eth1", "r2:eth1"], mtu: 1500, vars: {a: {b: 1}}}',
  '{endpoints: ["r1:eth1", "r2:eth1"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"], ipv6: ["", "fd00::2/64"]}',
  '{endpoints: ["r1:eth1", "host:r1eth1"]}',
  '{endpoints: ["r1:eth1", "mgmt-net:r1eth1"]}',
  '{endpoints: ["macvlan:enp0s3", "r1:eth1"]}',
  '{type: veth, endpoints: [{node: r1, interface: eth1}, {node: r2, interface: eth1}]}',
  '{type: veth, endpoints: [{node: r1, interface: eth1, mac: "02:00:00:00:00:01", ipv4: 10.0.0.1/24, ipv6: "fd00::1/64", vars: {a: 1}}, {node: r2, interface: eth1, mac: 02-00-00-00-00-02}], mtu: 9000, vars: {x: 1}, labels: {a: b}}',
  '{type: veth, endpoints: [{node: r1, interface: eth1}, {node: r2, interface: eth1}], ipv4: ["10.0.0.1/31", "10.0.0.0/31"], ipv6: ["fd00::1/127"]}',
  '{type: veth-stitch, endpoints: [{node: r1, interface: eth1}, {node: r2, interface: eth1}], mtu: 1500, labels: {a: b}}',
  '{type: mgmt-net, endpoint: {node: r1, interface: eth1, mac: "02:00:00:00:00:01"}, host-interface: r1-mgmt, mtu: 1400, vars: {a: 1}, labels: {a: b}}',
  '{type: host, endpoint: {node: r1, interface: eth1, ipv4: 10.0.0.1/24}, host-interface: r1eth1, mtu: 1400}',
  '{type: macvlan, endpoint: {node: r1, interface: eth1}, host-interface: eth9}',
  ...['private', 'vepa', 'bridge', 'passthru', 'source'].map(
    (mode) => `{type: macvlan, endpoint: {node: r1, interface: eth1}, host-interface: eth9, mode: ${mode}}`,
  ),
  '{type: vxlan, endpoint: {node: r1, interface: eth1}, remote: 192.0.2.1, vni: 100, dst-port: 4789, mtu: 1400}',
  '{type: vxlan, endpoint: {node: r1, interface: eth1}, remote: "2001:db8::1", vni: 16777215, dst-port: 65535, src-port: 4789}',
  '{type: vxlan-stitch, endpoint: {node: r1, interface: eth1}, remote: 192.0.2.1, vni: 1, dst-port: 1, labels: {a: b}}',
  '{type: dummy, endpoint: {node: r1, interface: eth1}, mtu: 65535}',
]

/** The keys of each form of link, by what the table of keys calls the place. */
export const LINK_KEYS_OF_SCHEMA: Readonly<Record<string, readonly string[]>> = {
  'a link': ['type', 'endpoints', 'mtu', 'ipv4', 'ipv6', 'vars', 'labels'],
  'a link end': ['node', 'interface', 'mac', 'ipv4', 'ipv6', 'vars'],
  'a link of type `mgmt-net`': ['type', 'endpoint', 'host-interface', 'mtu', 'vars', 'labels'],
  'a link of type `host`': ['type', 'endpoint', 'host-interface', 'mtu', 'vars', 'labels'],
  'a link of type `macvlan`': ['type', 'endpoint', 'host-interface', 'mode', 'mtu', 'vars', 'labels'],
  'a link of type `vxlan`': ['type', 'endpoint', 'remote', 'vni', 'dst-port', 'src-port', 'mtu', 'vars', 'labels'],
  'a link of type `vxlan-stitch`': [
    ...['type', 'endpoint', 'remote', 'vni', 'dst-port', 'src-port'],
    ...['mtu', 'vars', 'labels'],
  ],
  'a link of type `dummy`': ['type', 'endpoint', 'mtu', 'vars', 'labels'],
}

/** The file's own level, each in forms of the whole key. */
export const TOP_FORMS: Forms = {
  name: ['lab', '2-linux-nodes', 'a_b.c'],
  prefix: ['""', 'clab', '__lab-name', 'my_prefix'],
  mgmt: ['{network: a}'],
  settings: ['{certificate-authority: {cert: a.pem, key: b.pem}}', '{certificate-authority: {key-size: 2048}}'],
  debug: ['true', 'false', ''],
}

/** Every kind of the schema, used or not. */
export const KINDS_OF_SCHEMA: readonly string[] = [
  ...['6wind_vsr', 'arista_ceos', 'arista_veos', 'arrcus_arcos', 'aruba_aoscx', 'border0', 'bridge'],
  ...['checkpoint_cloudguard', 'ciena_saos', 'cisco_asav', 'cisco_c8000', 'cisco_c8000v', 'cisco_cat9kv'],
  ...['cisco_csr1000v', 'cisco_ftdv', 'cisco_iol', 'cisco_n9kv', 'cisco_sdwan', 'cisco_vios', 'cisco_xrd'],
  ...['cisco_xrd_vrouter', 'cisco_xrv', 'cisco_xrv9k', 'dell_ftosv', 'dell_sonic', 'ext-container', 'f5_bigip-ve'],
  ...['fdio_vpp', 'fortinet_fortigate', 'freebsd', 'generic_vm', 'host', 'huawei_vrp', 'ipinfusion_ocnos'],
  ...['juniper_cjunosevolved', 'juniper_crpd', 'juniper_csrx', 'juniper_vjunosevolved', 'juniper_vjunosrouter'],
  ...['juniper_vjunosswitch', 'juniper_vmx', 'juniper_vqfx', 'juniper_vsrx', 'k8s-kind', 'keysight_ixia-c-one'],
  ...['linux', 'mikrotik_ros', 'nokia_srlinux', 'nokia_sros', 'nokia_srsim', 'nvidia_cumulusvx', 'openbsd'],
  ...['openwrt', 'ostinato', 'ovs-bridge', 'paloalto_panos', 'plvision_sonic', 'rare', 'sonic-vm', 'sonic-vs'],
  ...['spirent_stc', 'veesix_osvbng', 'vyosnetworks_vyos'],
]

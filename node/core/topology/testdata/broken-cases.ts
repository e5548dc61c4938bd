import { NODE_VALUES } from './broken-node-values.ts'
/** A lab file with a mistake: some error must match `message` and stand on `line`. */
export interface BrokenCase {
  readonly name: string
  readonly text: string
  readonly message: RegExp
  readonly line: number
}

const broken = (name: string, line: number, expected: { message: RegExp; text: string }): BrokenCase => ({
  name,
  line,
  ...expected,
})

/** A good lab of two nodes; `lines` follow those of node `r1`, so the first of them is line 7. */
const inNode = (...lines: readonly string[]): string =>
  [
    'name: lab1',
    'topology:',
    '  nodes:',
    '    r2: {kind: linux, image: alpine:3}',
    '    br1: {kind: bridge}',
    '    r1:',
    ...lines.map((line) => `      ${line}`),
    '      kind: linux',
    '      image: alpine:3',
    '',
  ].join('\n')

/** As `inNode`, for `links`; the first of `lines` is line 8. */
const inLinks = (...lines: readonly string[]): string =>
  [
    'name: lab1',
    'topology:',
    '  nodes:',
    '    router1: {kind: linux, image: alpine:3}',
    '    router2: {kind: linux, image: alpine:3, network-mode: none}',
    '    br1: {kind: bridge}',
    '  links:',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')

const topLevel = (...lines: readonly string[]): string =>
  [...lines, 'nodes:', '  r1: {kind: linux, image: alpine:3}', ''].join('\n')

const file: readonly BrokenCase[] = [
  broken('empty file', 1, { message: /empty/, text: '' }),
  broken('only a comment', 1, { message: /empty/, text: '# nothing\n' }),
  broken('null document', 1, { message: /empty/, text: '~\n' }),
  broken('a list at the top', 1, { message: /lab file must be a map.*a list/, text: '- a\n- b\n' }),
  broken('prose', 1, { message: /lab file must be a map.*`hello there`/, text: 'hello there\n' }),
  broken('tab indentation', 3, { message: /tab.*spaces/, text: 'name: a\ntopology:\n\tnodes:\n\t\tr1:\n' }),
  broken('a template', 3, {
    message: /Go template.*fill it in first/,
    text: 'name: a\nnodes:\n{{- if .more }}\n  r1: {kind: bridge}\n{{- end }}\n',
  }),
  broken('unclosed bracket', 4, {
    message: /not valid YAML/,
    text: 'name: a\nlinks:\n  - endpoints: ["a:eth1"\nnodes:\n',
  }),
  broken('unclosed quote', 2, { message: /not valid YAML/, text: 'name: "a\n' }),
  broken('wrong indentation', 4, { message: /not valid YAML|indentation/, text: 'name: a\nnodes:\n    r1:\n  r2:\n' }),
  broken('second document', 4, { message: /second document/, text: `${topLevel('name: a')}---\nname: b\n` }),
  broken('key twice', 2, { message: /`name` is written twice.*line 1/, text: topLevel('name: a', 'name: b') }),
  broken('node twice', 4, {
    message: /`r1` is written twice.*line 3/,
    text: 'name: a\nnodes:\n  r1: {kind: bridge}\n  r1: {kind: bridge}\n',
  }),
  broken('unknown anchor', 2, { message: /no anchor `&base`/, text: topLevel('name: a', 'settings: *base') }),
  broken('anchor within itself', 1, { message: /no anchor `&x`/, text: 'name: &x [*x]\n' }),
  broken('merge of text', 4, {
    message: /`<<` takes a map/,
    text: 'name: a\nnodes:\n  r1:\n    <<: text\n    kind: bridge\n',
  }),
  broken('key without word', 2, { message: /key is missing/, text: topLevel('name: a', ': b') }),
  broken('list as key', 2, { message: /a key must be/, text: topLevel('name: a', '? [x, y]', ': b') }),
  broken('no name', 1, { message: /no `name`/, text: topLevel() }),
  broken('empty name', 1, { message: /no `name`/, text: topLevel('name: ""') }),
  broken('name with a blank', 1, { message: /`my lab` cannot be the name of a lab/, text: topLevel('name: my lab') }),
  broken('name too long', 1, { message: /cannot be the name of a lab/, text: topLevel(`name: ${'x'.repeat(64)}`) }),
  broken('name is a list', 1, { message: /`name` must be text.*a list/, text: topLevel('name: [a]') }),
  broken('bad prefix', 2, { message: /`a\/b` cannot be the prefix/, text: topLevel('name: a', 'prefix: a/b') }),
  broken('short name without prefix', 4, {
    message: /`r` is too short/,
    text: 'name: a\nprefix: ""\nnodes:\n  r: {kind: linux, image: x}\n',
  }),
  broken('unknown top key', 2, {
    message: /unknown key `topolgy`.*`topology`/,
    text: topLevel('name: a', 'topolgy: {}'),
  }),
  broken('old version key', 1, { message: /`version` is no longer used/, text: topLevel('version: 1', 'name: a') }),
  broken('kinds beside topology', 2, {
    message: /`kinds` belongs under `topology`/,
    text: topLevel('name: a', 'kinds: {}'),
  }),
  broken('name under topology', 3, {
    message: /`name` belongs at the file's own level/,
    text: 'name: a\ntopology:\n  name: b\n',
  }),
  broken('both forms', 5, {
    message: /`nodes` stands next to `topology`/,
    text: 'name: a\ntopology:\n  nodes:\n    r1: {kind: bridge}\nnodes:\n  r2: {kind: bridge}\n',
  }),
  broken('no nodes', 1, { message: /no nodes/, text: 'name: a\ntopology: {}\n' }),
  broken('nodes as list', 3, { message: /`nodes` must be a map.*a list/, text: 'name: a\nnodes:\n  - r1\n' }),
  broken('old mgmt key', 3, {
    message: /`ipv4_subnet` is written `ipv4-subnet`/,
    text: topLevel('name: a', 'mgmt:', '  ipv4_subnet: 10.0.0.0/24'),
  }),
  broken('unknown mgmt key', 3, {
    message: /unknown key `netwerk`.*`network`/,
    text: topLevel('name: a', 'mgmt:', '  netwerk: x'),
  }),
  broken('substituted text', 3, {
    message: /`my lab` cannot be/,
    text: `# \${A:=one two}\n# $$\nname: \${B:-my lab}\nnodes: {r1: {kind: bridge}}\n`,
  }),
]

const nodes: readonly BrokenCase[] = [
  broken('unknown node key', 7, { message: /unknown key `imgae` in a node.*`image`/, text: inNode('imgae: x') }),
  broken('key like nothing', 7, {
    message: /unknown key `zzzzzz` in a node.*Known are: kind, type/,
    text: inNode('zzzzzz: x'),
  }),
  broken('old publish', 7, { message: /`publish` is written `ports`/, text: inNode('publish: ["80:80"]') }),
  broken('underscore key', 7, {
    message: /`mgmt_ipv4` is written `mgmt-ipv4`/,
    text: inNode('mgmt_ipv4: 172.20.20.2'),
  }),
  broken('word of compose', 7, { message: /`environment` is written `env`/, text: inNode('environment: {A: b}') }),
  broken('node is text', 3, { message: /`r1` must be a map.*`linux`/, text: 'name: a\nnodes:\n  r1: linux\n' }),
  broken('node without kind', 3, { message: /`r1` has no `kind`/, text: 'name: a\nnodes:\n  r1:\n' }),
  broken('node without image', 3, { message: /`r1` has no `image`/, text: 'name: a\nnodes:\n  r1: {kind: linux}\n' }),
  broken('empty image', 3, {
    message: /`r1` has no `image`/,
    text: 'name: a\nnodes:\n  r1: {kind: linux, image: ""}\n',
  }),
  broken('image with a blank', 3, {
    message: /`image` cannot be `a b`/,
    text: 'name: a\nnodes:\n  r1: {kind: linux, image: a b}\n',
  }),
  broken('kind of a vendor', 3, {
    message: /kind `nokia_srsim` is not supported yet. Supported are linux/,
    text: 'name: a\nnodes:\n  r1: {kind: nokia_srsim, image: x}\n',
  }),
  broken('mistyped kind', 3, {
    message: /no kind `linus`.*`linux`/,
    text: 'name: a\nnodes:\n  r1: {kind: linus, image: x}\n',
  }),
  broken('kind from defaults', 3, {
    message: /kind `rare` is not supported yet/,
    text: 'name: a\ntopology:\n  defaults: {kind: rare}\n  nodes:\n    r1:\n',
  }),
  broken('node name', 3, {
    message: /`r 1` cannot be the name of a node/,
    text: 'name: a\nnodes:\n  r 1: {kind: bridge}\n',
  }),
  broken('reserved node name', 3, {
    message: /no node can be called `host`/,
    text: 'name: a\nnodes:\n  host: {kind: bridge}\n',
  }),
  broken('host name', 7, { message: /`host` cannot be `Host_A`/, text: inNode('host: Host_A') }),
  broken('host label', 7, {
    message: /`Host A` cannot be the name of a host/,
    text: inNode('labels: {skein/host: Host A}'),
  }),
  broken('two pins', 8, {
    message: /pinned to two hosts.*`a`.*line 7.*`b`/,
    text: inNode('host: a', 'labels: {skein/host: b}'),
  }),
  broken('memory unit', 7, { message: /`memory` cannot be `1X`/, text: inNode('memory: 1X') }),
  broken('memory too small', 7, { message: /at least 6MiB, not `512`/, text: inNode('memory: 512') }),
  broken('memory too large', 7, { message: /`memory` cannot be `99999999999T`/, text: inNode('memory: 99999999999T') }),
  broken('cpu of next to nothing', 7, { message: /`cpu` must be a number of CPUs.*`0.001`/, text: inNode('cpu: 0.001') }),
  broken('cpu below zero', 7, { message: /`cpu` must be.*`-1`/, text: inNode('cpu: -1') }),
  broken('cpu as word', 7, { message: /`cpu` must be.*`two`/, text: inNode('cpu: two') }),
  broken('delay as word', 7, {
    message: /`startup-delay` must be a whole number of seconds.*`5s`/,
    text: inNode('startup-delay: 5s'),
  }),
  broken('network mode', 7, {
    message: /`network-mode` cannot be `nonne`.*`none`/,
    text: inNode('network-mode: nonne'),
  }),
  broken('port out of range', 8, { message: /ports go from 1 to 65535/, text: inNode('ports:', '  - 80:70000') }),
  broken('port protocol', 7, { message: /only tcp and udp/, text: inNode('ports: ["80:80/dccp"]') }),
  broken('port words', 7, { message: /not a port to publish.*as in/, text: inNode('ports: [http]') }),
  broken('port twice', 9, {
    message: /port 80\/tcp is published twice/,
    text: inNode('ports:', '  - 80:80', '  - 80:81'),
  }),
  broken('ports as map', 7, { message: /`ports` must be a list.*a map/, text: inNode('ports: {80: 80}') }),
  broken('env as list', 7, { message: /`env` must be a map.*a list/, text: inNode('env: [A=b]') }),
  broken('env holds a list', 7, { message: /`A` in `env` must be text/, text: inNode('env: {A: [b]}') }),
  broken('env name', 7, { message: /`A=B` cannot be a name in `env`/, text: inNode('env: {A=B: c}') }),
  broken('NUL in a value', 7, { message: /holds a NUL/, text: inNode('env: {A: "\\0"}') }),
  broken('exec as text', 7, { message: /`exec` must be a list.*`ip a`/, text: inNode('exec: ip a') }),
  broken('open double quote', 8, {
    message: /double quote at character 7 is never closed/,
    text: inNode('exec:', `  - 'sh -c "ip a'`),
  }),
  broken('open single quote', 7, { message: /`cmd` cannot be split.*single quote/, text: inNode(`cmd: "echo 'a"`) }),
  broken('lone backslash', 7, {
    message: /`entrypoint` cannot be split.*lone backslash/,
    text: inNode('entrypoint: sh \\'),
  }),
  broken('user', 7, { message: /`user` cannot be `a b`/, text: inNode('user: a b') }),
  broken('bind without target', 7, { message: /needs a source and a place/, text: inNode('binds: [conf]') }),
  broken('bind to a relative path', 7, { message: /not an absolute path/, text: inNode('binds: ["conf:etc"]') }),
  broken('bind over everything', 7, { message: /whole file system/, text: inNode('binds: ["conf:/"]') }),
  broken('bind option', 7, { message: /unknown option `to`.*`ro`/, text: inNode('binds: ["conf:/etc/x:to"]') }),
  broken('bind of four parts', 7, { message: /more than three parts/, text: inNode('binds: ["a:/b:ro:c"]') }),
  broken('bind of a folder around', 7, { message: /a folder around the lab's/, text: inNode('binds: ["a/../..:/b"]') }),
  broken('bind of a whole home', 7, { message: /your whole home/, text: inNode('binds: ["~:/b"]') }),
  broken('bind out of home', 7, { message: /leaves your home/, text: inNode('binds: ["~/../b:/b"]') }),
  broken("bind from another's home", 7, { message: /only `~\/`, your own/, text: inNode('binds: ["~bob/b:/b"]') }),
  broken('bind of a magic word nobody has', 7, {
    message: /`__clabTopoDir__` is none of containerlab's/,
    text: inNode('binds: ["__clabTopoDir__/x:/b"]'),
  }),
  ...NODE_VALUES.map(([name, message, line]) => broken(name, 7, { message, text: `${inNode(line)}    router2: {}\n` })),
]

const links: readonly BrokenCase[] = [
  broken('nodes that wait in a circle', 3, {
    message: /wait for each other in a circle: `create` of `a` waits for `healthy` of `b`, `configure` of `b` waits for `create` of `a`/,
    text: `name: l
nodes:
  a: {kind: linux, image: x, stages: {create: {wait-for: [{node: b, stage: healthy}]}}}
  b: {kind: linux, image: x, stages: {configure: {wait-for: [{node: a, stage: create}]}}}
`,
  }),
  broken('unknown node in a link', 8, {
    message: /no node `roter1`. Did you mean `router1`/,
    text: inLinks('- endpoints: ["roter1:eth1", "router2:eth1"]'),
  }),
  broken('end without interface', 8, {
    message: /`router1` is not a link end/,
    text: inLinks('- endpoints: [router1, "router2:eth1"]'),
  }),
  broken('empty interface', 8, {
    message: /`router1:` is not a link end/,
    text: inLinks('- endpoints: ["router1:", "router2:eth1"]'),
  }),
  broken('one end', 8, { message: /at least two ends/, text: inLinks('- endpoints: ["router1:eth1"]') }),
  broken('no ends', 8, { message: /no `endpoints`/, text: inLinks('- endpoints: []') }),
  broken('no endpoints', 8, { message: /no `endpoints`/, text: inLinks('- mtu: 1500') }),
  broken('mistyped endpoints', 8, {
    message: /unknown key `endpionts`.*`endpoints`/,
    text: inLinks('- endpionts: ["router1:eth1", "router2:eth1"]'),
  }),
  broken('endpoints as text', 8, { message: /`endpoints` must be a list/, text: inLinks('- endpoints: router1:eth1') }),
  broken('link as text', 8, { message: /a link must be a map/, text: inLinks('- router1 -- router2') }),
  broken('empty link', 8, { message: /this link is empty/, text: inLinks('-') }),
  broken('links as map', 8, { message: /`links` must be a list/, text: inLinks('a: b') }),
  broken('interface too long', 8, {
    message: /`interface1234567` of `router1` has 16 characters/,
    text: inLinks('- endpoints: ["router1:interface1234567", "router2:eth1"]'),
  }),
  broken('interface with a slash', 8, {
    message: /`ge-0\/0\/0` of `router1` may hold only/,
    text: inLinks('- endpoints: ["router1:ge-0/0/0", "router2:eth1"]'),
  }),
  broken('loopback', 8, {
    message: /`lo`.*Linux uses itself/,
    text: inLinks('- endpoints: ["router1:lo", "router2:eth1"]'),
  }),
  broken('management interface', 8, {
    message: /`eth0` of `router1` is kept for management/,
    text: inLinks('- endpoints: ["router1:eth0", "router2:eth0"]'),
  }),
  broken('end used twice', 9, {
    message: /`router1:eth1` is the end of a link already, on line 8/,
    text: inLinks('- endpoints: ["router1:eth1", "router2:eth1"]', '- endpoints: ["router1:eth1", "router2:eth2"]'),
  }),
  broken('link to itself', 8, {
    message: /`router1:eth1` is the end of a link already/,
    text: inLinks('- endpoints: ["router1:eth1", "router1:eth1"]'),
  }),
  broken('bridge to itself', 8, {
    message: /connects the bridge `br1` only with itself/,
    text: inLinks('- endpoints: ["br1:a", "br1:b"]'),
  }),
  broken('mtu too small', 9, {
    message: /`mtu` must be a whole number of bytes from 68 to 65535, not `60`/,
    text: inLinks('- endpoints: ["router1:eth1", "router2:eth1"]', '  mtu: 60'),
  }),
  broken('mtu as word', 9, {
    message: /`mtu` must be.*`jumbo`/,
    text: inLinks('- endpoints: ["router1:eth1", "router2:eth1"]', '  mtu: jumbo'),
  }),
  broken('link type', 8, {
    message: /no link type `vth`.*`veth`/,
    text: inLinks('- type: vth', '  endpoints: ["router1:eth1", "router2:eth1"]'),
  }),
  broken('end without node', 10, {
    message: /this link end has no `node`/,
    text: inLinks('- type: veth', '  endpoints:', '    - interface: eth1', '    - {node: router2, interface: eth1}'),
  }),
  broken('end with ifname', 10, {
    message: /`ifname` is written `interface`/,
    text: inLinks(
      '- type: veth',
      '  endpoints:',
      '    - {node: router1, ifname: eth1}',
      '    - {node: router2, interface: eth1}',
    ),
  }),
  broken('named end without ifname', 8, {
    message: /link end at `router1` has no `ifname`/,
    text: inLinks('- router1: {ipv4: 10.0.0.1/24}', '  router2: {ifname: eth1}'),
  }),
  broken('named end of no node', 9, {
    message: /no node `router3`. Did you mean/,
    text: inLinks('- router1: {ifname: eth1}', '  router3: {ifname: eth1}'),
  }),
  broken('address without length', 8, {
    message: /`10.0.0.1` has no prefix length/,
    text: inLinks('- router1: {ifname: eth1, ipv4: 10.0.0.1}', '  router2: {ifname: eth1}'),
  }),
  broken('address out of range', 8, {
    message: /`10.0.0.256\/24` is not an IPv4 address/,
    text: inLinks('- router1: {ifname: eth1, ipv4: 10.0.0.256/24}', '  router2: {ifname: eth1}'),
  }),
  broken('prefix length out of range', 8, {
    message: /prefix length outside 0–32/,
    text: inLinks('- router1: {ifname: eth1, ipv4: 10.0.0.1/33}', '  router2: {ifname: eth1}'),
  }),
  broken('IPv6 address', 8, {
    message: /`2001:db8:::1\/64` is not an IPv6 address/,
    text: inLinks('- router1: {ifname: eth1, ipv6: "2001:db8:::1/64"}', '  router2: {ifname: eth1}'),
  }),
  broken('too many addresses', 9, {
    message: /3 addresses for 2 ends/,
    text: inLinks('- endpoints: ["router1:eth1", "router2:eth1"]', '  ipv4: [10.0.0.1/24, 10.0.0.2/24, 10.0.0.3/24]'),
  }),
]

/** Every case is a whole file; feed it to the reader or to the program. */
export const BROKEN_CASES: readonly BrokenCase[] = [...file, ...nodes, ...links]

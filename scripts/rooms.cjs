/** Who may import whom: node/docs/architecture.md §rooms. Each rule says why. */
const room = (name) => `^node/${name}/`
const tests = '\\.test\\.ts$|^node/(sim|testing|integration)/'

const allowed = {
  core: [],
  platform: ['core/model'],
  config: ['core/model', 'platform'],
  identity: ['core', 'platform'],
  store: ['core', 'platform'],
  mesh: ['core', 'platform', 'identity'],
  drivers: ['core', 'platform'],
  agent: ['core', 'platform', 'identity', 'store', 'mesh', 'drivers'],
  metrics: ['core', 'platform', 'agent/port.ts'],
  api: ['core', 'platform', 'agent/port.ts', 'metrics'],
  cli: ['core', 'config', 'platform'],
}

module.exports = {
  forbidden: [
    ...Object.entries(allowed).map(([name, others]) => ({
      name: `${name}-imports-up-only`,
      comment: `${name}/ may import only: ${others.join(', ') || 'nothing outside itself'}; data walks one way through the rooms`,
      severity: 'error',
      from: { path: room(name), pathNot: tests },
      to: { path: '^node/', pathNot: [room(name), ...others.map((other) => `^node/${other}`)] },
    })),
    {
      name: 'core-is-pure',
      comment:
        'core/ has no clock, files or network: the only packages it may use are yaml, in topology/, and sorted-btree, in allocation/',
      severity: 'error',
      from: { path: room('core'), pathNot: tests },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/(yaml|sorted-btree)/' },
    },
    {
      name: 'yaml-in-topology-only',
      comment: 'what people write is parsed in one place',
      severity: 'error',
      from: { path: room('core'), pathNot: [room('core/topology'), tests] },
      to: { path: 'node_modules/yaml/' },
    },
    {
      name: 'sorted-btree-in-allocation-only',
      comment: 'tables that share what stays are made in one place',
      severity: 'error',
      from: { path: room('core'), pathNot: [room('core/allocation'), tests] },
      to: { path: 'node_modules/sorted-btree/' },
    },
    {
      name: 'libp2p-in-mesh-only',
      comment: 'only mesh/ (and identity/ for keys) knows libp2p',
      severity: 'error',
      from: { path: '^node/', pathNot: [room('mesh'), room('identity'), tests] },
      to: { path: 'node_modules/(libp2p|@libp2p|@chainsafe)/' },
    },
    {
      name: 'prom-client-in-metrics-only',
      comment: 'others tell what happens; metrics/ alone counts it',
      severity: 'error',
      from: { path: '^node/', pathNot: room('metrics') },
      to: { path: 'node_modules/prom-client/' },
    },
    {
      name: 'drivers-do-not-know-each-other',
      comment: 'what two drivers share belongs in core/ or drivers/*.ts',
      severity: 'error',
      from: { path: '^node/drivers/([^/]+)/' },
      to: { path: '^node/drivers/[^/]+/', pathNot: '^node/drivers/$1/' },
    },
    {
      name: 'ui-runs-in-browsers',
      comment:
        'ui/ may use what is pure (core/) and the shapes the agent answers with (agent/port*.ts); all else of a host comes by the API',
      severity: 'error',
      from: { path: '^ui/', pathNot: '\\.test\\.ts$|^ui/(dev/|vite\\.config\\.ts|budget\\.ts)' },
      to: { path: '^node/', pathNot: ['^node/core/', '^node/agent/port'] },
    },
    {
      name: 'ui-is-asked-for-by-browsers-only',
      comment: 'the agent serves what was built of ui/ and imports nothing of it',
      severity: 'error',
      from: { path: '^node/' },
      to: { path: '^ui/' },
    },
    {
      name: 'nobody-imports-tests',
      comment: 'sim/, testing/ and integration/ test others; nobody builds on them',
      severity: 'error',
      from: { path: '^node/', pathNot: tests },
      to: { path: '^node/(sim|testing|integration)/' },
    },
    {
      name: 'no-cycles',
      comment: 'a cycle has no first room to read',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^ui/dist/' },
    // Type imports count too: swc reads them as they are written. `tsPreCompilationDeps` would ask for a TypeScript older than 7.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}

import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'

/** Breaks the room rules on purpose and fails unless the check notices: a check that sees no modules would pass everything. */
const canaries = [
  {
    file: 'node/core/canary.ts',
    text: "import '#drivers/driver.ts'\nimport { readFileSync } from 'node:fs'\nexport const canary = readFileSync\n",
    rules: ['core-imports-up-only', 'core-is-pure'],
  },
  {
    file: 'node/cli/canary.ts',
    text: "import { createLibp2p } from 'libp2p'\nimport type { Mesh } from '#mesh/mesh.ts'\nexport const canary: [typeof createLibp2p, Mesh?] = [createLibp2p]\n",
    rules: ['libp2p-in-mesh-only', 'cli-imports-up-only'],
  },
  {
    file: 'node/agent/canary.ts',
    text: "import { Registry } from 'prom-client'\nimport { createMetrics } from '#metrics/index.ts'\nexport const canary = [Registry, createMetrics]\n",
    rules: ['prom-client-in-metrics-only', 'agent-imports-up-only'],
  },
]

/** Files of node/ the check has to see at least; fewer means that it no longer follows what we write. */
const LEAST_MODULES = 200

/** What is read of dependency-cruiser's `--output-type json`. */
interface Cruise {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[]
  }
}

const root = new URL('..', import.meta.url).pathname

function cruise(): Cruise {
  try {
    for (const { file, text } of canaries) writeFileSync(`${root}${file}`, text)
    const args = ['depcruise', '--config', 'scripts/rooms.cjs', '--output-type', 'json', 'node']
    const run = spawnSync('npx', args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
    if (!run.stdout.startsWith('{')) throw new Error(`the room check did not run:\n${run.stdout}${run.stderr}`)
    return JSON.parse(run.stdout) as Cruise
  } finally {
    for (const { file } of canaries) rmSync(`${root}${file}`, { force: true })
  }
}

const { modules, summary } = cruise()
const own = modules.filter(({ source }) => source.startsWith('node/')).length
const wrong = canaries.flatMap(({ file, rules }) =>
  rules
    .filter((name) => !summary.violations.some(({ from, rule }) => from === file && rule.name === name))
    .map((name) => `the room check did not notice ${name} in ${file}`),
)
if (own < LEAST_MODULES)
  wrong.push(`the room check saw ${own} modules of node/, and there are at least ${LEAST_MODULES}`)
for (const line of wrong) console.error(line)
if (wrong.length > 0) process.exit(1)
console.log(`room check: the canaries were caught among ${own} modules`)

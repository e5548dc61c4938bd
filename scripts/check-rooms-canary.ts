import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

/** Breaks the room rules on purpose and fails unless the check notices: a check that sees no modules would pass everything. */
const canaries = [
  {
    file: 'node/core/canary.ts',
    text: "import '#drivers/driver.ts'\nimport { readFileSync } from 'node:fs'\nexport const canary = readFileSync\n",
    rules: ['core-imports-up-only', 'core-is-pure'],
  },
  {
    file: 'node/cli/canary.ts',
    text: "import { createLibp2p } from 'libp2p'\nexport const canary = createLibp2p\n",
    rules: ['libp2p-in-mesh-only'],
  },
]

const root = new URL('..', import.meta.url).pathname
let silent = 0
for (const { file, text, rules } of canaries) {
  const path = `${root}${file}`
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true })
  writeFileSync(path, text)
  try {
    const run = spawnSync('npx', ['depcruise', '--config', 'scripts/rooms.cjs', file], { cwd: root, encoding: 'utf8' })
    for (const rule of rules.filter((rule) => !run.stdout.includes(rule))) {
      silent++
      console.error(`the room check did not notice ${rule} in ${file}:\n${run.stdout}${run.stderr}`)
    }
  } finally {
    rmSync(path)
  }
}
if (silent > 0) process.exit(1)
console.log('room check: the canary was caught')

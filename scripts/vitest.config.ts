import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname

/** CommonJS packages as Node.js itself imports them, so that what passes here runs there. */
const deps = { interopDefault: false }

/** They measure time, or load the machine so much that others could not: each has it to itself. */
const ALONE = [
  'churn',
  'detect',
  'heal',
  'impair',
  'iperf-processes',
  'leader-loss',
  'p2p',
  'paths',
  'reboot',
  'truth',
  'watch',
]
const alone = ALONE.map((name) => `node/integration/${name}.test.ts`)
const real = { deps, testTimeout: 300_000, hookTimeout: 300_000 }

/** Pure tests beside the code, simulations, and tests with real parts (root): some two at once, then the others one by one. */
export default defineConfig({
  root,
  test: {
    projects: [
      {
        root,
        test: {
          name: 'unit',
          deps,
          include: ['node/**/*.test.ts', 'ui/**/*.test.ts'],
          exclude: ['node/sim/**', 'node/integration/**'],
        },
      },
      { root, test: { name: 'sim', deps, include: ['node/sim/**/*.test.ts'], testTimeout: 600_000 } },
      {
        root,
        test: {
          ...real,
          name: 'integration',
          include: ['node/integration/**/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        root,
        test: { ...real, name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
})

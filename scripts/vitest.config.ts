import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname

/** CommonJS packages as Node.js itself imports them, so that what passes here runs there. */
const deps = { interopDefault: false }

/** Three projects: pure tests beside the code, simulations, and tests with real parts (root, one at a time). */
export default defineConfig({
  root,
  test: {
    projects: [
      {
        root,
        test: { name: 'unit', deps, include: ['node/**/*.test.ts'], exclude: ['node/sim/**', 'node/integration/**'] },
      },
      { root, test: { name: 'sim', deps, include: ['node/sim/**/*.test.ts'], testTimeout: 120_000 } },
      {
        root,
        test: {
          name: 'integration',
          deps,
          include: ['node/integration/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

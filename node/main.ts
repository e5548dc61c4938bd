import { keepCompiledCode } from '#platform/code-cache.ts'
import version from '../version.json' with { type: 'json' }

/** The one entry: `run`, `bootstrap` and `join` load their rooms when called, everything else only speaks to an agent. */
const { env } = process

keepCompiledCode()
const { createCli, createProcessIo, endOnBrokenPipe } = await import('#cli/index.ts')
endOnBrokenPipe(process)
const cli = createCli({
  io: createProcessIo(process, env),
  version,
  run: async (options) => (await import('./daemon.ts')).run({ ...options, env }),
  bootstrap: async (options) => (await import('./setup.ts')).bootstrap({ ...options, env }),
  join: async (options) => (await import('./setup.ts')).join({ ...options, env }),
})
process.exitCode = await cli.main(process.argv.slice(2))

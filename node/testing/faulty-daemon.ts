import { keepCompiledCode } from '#platform/code-cache.ts'

/** The agent as `skein run` starts it, but for one command at a time that goes wrong: `node faulty-daemon.ts run`. */
const { env } = process
keepCompiledCode()
const { run } = await import('../daemon.ts')
const { faultyDoors, fileWorld } = await import('./faulty-doors.ts')
await run({ env }, (doors) => faultyDoors(doors, fileWorld('/run/skein-fault.json', '/run/skein-trace.jsonl')))

import { existsSync } from 'node:fs'
import { MeshError } from '#core/model/errors.ts'
import type { Command } from '#platform/exec.ts'
import { type Doors, run } from '../daemon.ts'

/** While this file is there, nothing on the host is changed. */
const HELD = '/run/skein-held'

/** The doors of an agent that looks, but whose every change fails while it is held back. */
const heldDoors = ({ exec, drivers, snapshots, execIn }: Doors): Doors => {
  const changes = new WeakSet<Command>()
  return {
    execIn,
    snapshots,
    exec: {
      run: (command, signal) => {
        if (changes.has(command) && existsSync(HELD)) return Promise.reject(new MeshError('TOOL_FAILED', 'held back'))
        return exec.run(command, signal)
      },
    },
    drivers: drivers.map((driver) => ({
      ...driver,
      steps: (ops) => {
        const steps = driver.steps(ops)
        for (const { commands } of steps) for (const command of commands) changes.add(command)
        return steps
      },
    })),
  }
}

/** The agent as `skein run` starts it, but for that: `node held-daemon.ts run`. */
const { env } = process
await run({ env }, heldDoors)

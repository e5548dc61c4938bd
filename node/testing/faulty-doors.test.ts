import { describe, expect, it } from 'vitest'
import { toVlanTag } from '#core/allocation/vni.ts'
import type { Op, Resource } from '#core/model/resource.ts'
import { portId } from '#core/model/resource-ids.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Command } from '#platform/exec.ts'
import { type Arming, type FaultMode, faultyDoors, type Met } from './faulty-doors.ts'

const port: Resource = {
  kind: 'port',
  id: portId('sknabc'),
  needs: [],
  bridge: 'skein0',
  device: 'sknabc',
  vlan: toVlanTag(100),
  owner: 'lab/a:eth1',
}
const CREATE: readonly Op[] = [{ type: 'create', to: port, reason: 'missing' }]
const COMMANDS: readonly Command[] = [
  { file: 'first', args: [] },
  { file: 'second', args: [] },
]
const DRIVER: Driver = {
  name: 'toy',
  owns: (_resource): _resource is Resource => true,
  probe: async () => ({ ok: true, version: '1' }),
  observe: async () => [],
  steps: (ops) => [{ ops, commands: COMMANDS.map((command) => ({ ...command })) }],
}

const world = () => {
  const ran: string[] = []
  const notes: Met[] = []
  const state: { armed?: Arming; deaths: number } = { deaths: 0 }
  const doors = faultyDoors(
    {
      exec: {
        run: async (command) => {
          ran.push('file' in command ? command.file : command.path)
          return { code: 0, stdout: '', stderr: '' }
        },
      },
      drivers: [DRIVER],
      snapshots: [],
      execIn: async (_container, argv) => {
        ran.push(argv.join(' '))
        return { exitCode: 0, stdout: '', stderr: '' }
      },
    },
    {
      arming: () => state.armed,
      note: (met) => notes.push(met),
      die: () => {
        state.deaths += 1
      },
    },
  )
  const step = async (): Promise<void> => {
    for (const command of doors.drivers[0]?.steps(CREATE)[0]?.commands ?? []) await doors.exec.run(command)
  }
  return { ran, notes, state, doors, step }
}

const SECOND = 'create port [1] second'

describe('faulty doors', () => {
  it('count what steps run and what runs in nodes, nothing else, by key and afresh for each arming', async () => {
    const { ran, notes, state, doors, step } = world()
    await step()
    state.armed = { id: 1 }
    await step()
    await doors.exec.run({ file: 'look', args: [] })
    await doors.execIn('id', ['date'])
    await step()
    state.armed = { id: 2 }
    await step()
    expect(notes.map(({ id, key, nth }) => [id, key, nth])).toEqual([
      [1, 'create port [0] first', 1],
      [1, SECOND, 1],
      [1, 'exec date', 1],
      [1, 'create port [0] first', 2],
      [1, SECOND, 2],
      [2, 'create port [0] first', 1],
      [2, SECOND, 1],
    ])
    expect(ran).toHaveLength(10)
  })

  it.each<[FaultMode, number, string | undefined, number]>([
    ['fail', 1, 'TOOL_FAILED', 0],
    ['time-out', 2, 'TIMEOUT', 0],
    ['kill-after', 2, undefined, 1],
    ['kill-before', 1, undefined, 1],
  ])('%s: strikes the one command, once', async (mode, runs, code, deaths) => {
    const { ran, notes, state, step } = world()
    state.armed = { id: 1, fault: { mode, key: SECOND, nth: 1 } }
    const ended = step()
    if (code === undefined) {
      const other = Promise.withResolvers<string>()
      setImmediate(() => other.resolve('still waits'))
      expect(await Promise.race([ended, other.promise])).toBe('still waits')
    } else await expect(ended).rejects.toMatchObject({ code })
    expect(ran).toHaveLength(runs)
    expect(state.deaths).toBe(deaths)
    expect(notes.at(-1)).toMatchObject({ key: SECOND, struck: mode })
    await step()
    expect(state.deaths).toBe(deaths)
    expect(ran).toHaveLength(runs + 2)
  })
})

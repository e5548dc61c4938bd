import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Op, Resource } from '#core/model/resource.ts'
import { type Driver, hasWatch } from '#drivers/driver.ts'
import { fakeExec } from '#drivers/fake-exec.ts'
import type { Exec } from '#platform/exec.ts'

/** A host to try a driver on: a toy, or a real one. */
export interface ContractHost {
  readonly exec: Exec
  /** What else is seen there, for drivers whose `observe` asks (the nic driver needs workloads). */
  readonly seen?: readonly Resource[]
  /** Everything the driver might touch on the host, marked or not, as text; equal text means an equal host. */
  snapshot(): Promise<string>
  close?(): Promise<void>
}

/** What a driver is asked for. Later stages need earlier ones; they are deleted the other way round. */
export interface ContractSample<R extends Resource> {
  readonly name: string
  readonly stages: readonly (readonly R[])[]
  /** Other wishes for some of them, under the same ids. */
  readonly changed: readonly R[]
}

export interface Contract<R extends Resource> {
  readonly driver: Driver<R>
  /** A host with something unmarked on it and nothing of ours. */
  makeHost(): Promise<ContractHost>
  /** The samples for this host: a nic names the process whose namespace it goes into. */
  samples(host: ContractHost): readonly ContractSample<R>[]
  /** Fields that cannot be read back. */
  readonly ignore?: readonly string[]
  /** Lists that may hold more than was asked for: the kernel gives an interface addresses of its own. */
  readonly atLeast?: readonly string[]
}

/**
 * What every driver promises, proved on a host: read-back equals what was asked, twice is harmless, delete restores the
 * host, the unmarked stays, a missing tool gives a hint.
 */
export const driverContract = <R extends Resource>(contract: Contract<R>): void => {
  const { driver } = contract
  describe(`contract of the ${driver.name} driver`, () => {
    let host: ContractHost
    beforeAll(async () => {
      host = await contract.makeHost()
    })
    afterAll(() => host?.close?.())

    test('a tool that is there tells its version', async () => {
      expect(await driver.probe(host.exec)).toMatchObject({ ok: true, version: expect.stringMatching(/\d/) })
    })

    test('a missing tool gives a hint', async () => {
      expect(await driver.probe(fakeExec({}))).toMatchObject({ ok: false, hint: expect.stringContaining('install') })
    })

    test('nothing of ours is seen on a fresh host', async () => {
      expect(await observe(driver, host)).toEqual([])
    })

    test('a line that nobody knows is no change, and no output is no riddle', () => {
      for (const source of hasWatch(driver) ? driver.sources() : [])
        if (source.type === 'stream') expect(source.tells('Dump was interrupted', []), source.name).toBe(false)
        else expect(() => source.digest(''), source.name).not.toThrow()
    })

    test('create, change and delete', async () => {
      for (const sample of contract.samples(host)) await lifecycle(contract, host, sample)
    })
  })
}

const observe = <R extends Resource>(driver: Driver<R>, host: ContractHost): Promise<readonly R[]> =>
  driver.observe(host.exec, host.seen ?? [])

const lifecycle = async <R extends Resource>(
  contract: Contract<R>,
  host: ContractHost,
  sample: ContractSample<R>,
): Promise<void> => {
  const { driver } = contract
  const before = await host.snapshot()
  const wanted = sample.stages.flat()
  const twice = async (expected: readonly R[], ops: readonly Op<R>[]): Promise<void> => {
    for (const time of ['once', 'twice']) {
      await applySteps(driver, host.exec, ops)
      expectSeen(`${sample.name}: done ${time}`, { seen: await observe(driver, host), wanted: expected, contract })
    }
  }
  const there: R[] = []
  for (const stage of sample.stages) {
    there.push(...stage)
    await twice(
      there,
      stage.map((to) => ({ type: 'create', to, reason: 'contract' })),
    )
  }
  const seen = new Map((await observe(driver, host)).map((resource) => [resource.id, resource]))
  const changes = sample.changed.flatMap((to): Op<R>[] => {
    const from = seen.get(to.id)
    return from === undefined ? [] : [{ type: 'update', from, to, reason: 'contract' }]
  })
  expect(changes.length, `${sample.name}: what changes was there`).toBe(sample.changed.length)
  if (changes.length > 0)
    await twice(
      wanted.map((old) => sample.changed.find((to) => to.id === old.id) ?? old),
      changes,
    )
  const last = await observe(driver, host)
  await twice(
    [],
    last.map((from) => ({ type: 'delete', from, reason: 'contract' })),
  )
  expect(await host.snapshot(), `${sample.name}: the host is as before`).toBe(before)
}

/** Runs a driver's steps as the reconciler does: steps side by side, commands of a step one after the other. */
export const applySteps = async <R extends Resource>(
  driver: Driver<R>,
  exec: Exec,
  ops: readonly Op<R>[],
): Promise<void> => {
  await Promise.all(
    driver.steps(ops).map(async (step) => {
      for (const command of step.commands) await exec.run(command)
    }),
  )
}

interface Comparison {
  readonly seen: readonly Resource[]
  readonly wanted: readonly Resource[]
  readonly contract: { readonly ignore?: readonly string[]; readonly atLeast?: readonly string[] }
}

/** `needs` is the planner's; what is seen may tell more than was asked for, but no fault. */
const expectSeen = (what: string, { seen, wanted, contract }: Comparison): void => {
  const asked = new Map(wanted.map((resource) => [resource.id, resource]))
  const leftOut = ['needs', ...(contract.ignore ?? [])]
  const comparable = (resource: Resource): object => {
    const model = new Map(Object.entries(asked.get(resource.id) ?? resource))
    const fields = Object.entries(resource).filter(
      ([key]) => key === 'fault' || (model.has(key) && !leftOut.includes(key)),
    )
    return Object.fromEntries(
      fields.map(([key, value]) => [
        key,
        contract.atLeast?.includes(key) === true ? common(value, model.get(key)) : value,
      ]),
    )
  }
  const byId = (a: Resource, b: Resource): number => (a.id < b.id ? -1 : 1)
  expect(seen.toSorted(byId).map(comparable), what).toEqual(wanted.toSorted(byId).map(comparable))
}

const common = (seen: unknown, asked: unknown): unknown =>
  Array.isArray(seen) && Array.isArray(asked) ? asked.filter((item) => seen.includes(item)) : seen

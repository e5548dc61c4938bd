import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId, LabName } from '../model/ids.ts'
import { type Command, type CommandResult, decodeCommand } from './commands.ts'
import { apply, initialState, type State } from './machine.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { poolRange } from './state.ts'
import { assignment, joining, START_MS } from './testdata/mesh.ts'

const REST_MS = 1_000
const lab = fc.constantFrom('x', 'y', 'z')
const generation = fc.integer({ min: 1, max: 5 })
const hosts = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
const segments = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), hosts, { maxKeys: 4 })

const body = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(lab, generation, segments).map(([name, version, wanted]) => assignment(name, version, wanted)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(lab, generation).map(([name, version]) => ({
      type: 'release' as const,
      lab: name as LabName,
      intentVersion: `${version}.${version * 10}.H1`,
    })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('reserve' as const),
      pool: fc.constantFrom('vni' as const, 'port/H1' as const, 'port/H2' as const),
      owner: fc.constantFrom('p', 'q', 'p/r'),
      count: fc.integer({ min: 1, max: 3 }),
      ttlMs: fc.option(fc.integer({ min: 1, max: REST_MS * 2 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('free' as const), owner: fc.constantFrom('p', 'q', 'p/r') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('hold-test' as const),
      test: fc.integer({ min: 1, max: 4 }),
      nics: fc.uniqueArray(fc.constantFrom('host/H1', 'host/H2', 'host/H3', 'attached/m'), { maxLength: 2 }),
      port: fc.option(fc.constantFrom('H1', 'H2')),
      ttlMs: fc.integer({ min: 1, max: REST_MS * 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('free-test' as const), test: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('number' as const),
      name: fc.constant('iperf' as const),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'expire' as const }) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 2, max: 5 })
      .map((number) => ({ type: 'admit' as const, tokenId: 't', host: joining(number) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 5 })
      .map((number) => ({ type: 'remove-host' as const, id: `H${number}` as HostId })),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      type: 'create-token' as const,
      id: 't',
      verifier: 'v',
      role: 'core' as const,
      uses: 3,
      expiresAtMs: START_MS * 2,
    }),
  },
)

const commands = fc
  .array(
    fc.record({
      body,
      requestId: fc.integer({ max: 60 }).map((number) => `r${number}`),
      jumpMs: fc.integer({ min: -200, max: REST_MS }),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let nowMs = START_MS
    return steps.map((step): Command => {
      nowMs += step.jumpMs
      return { ...step.body, requestId: step.requestId, nowMs } as Command
    })
  })

const start = (): State =>
  initialState({
    meshId: 'm',
    first: { ...joining(1), role: 'core' },
    nowMs: START_MS,
    config: { restMs: REST_MS, vlan: [1, 5], vni: [10, 16], mac: [1, 30], port: [20_000, 20_004] },
  })

const run = (from: State, list: readonly Command[], firstIndex = 1): State =>
  list.reduce((state, command, at) => apply(state, { index: firstIndex + at, term: 1 }, command).state, from)

const told = (state: State): string => JSON.stringify(encodeState(state))

/** What time alone brings. */
const afterTime = (state: State, nowMs: number): State => {
  const expire = { type: 'expire', requestId: 'time', nowMs } as const
  return { ...apply(state, { index: 0, term: 0 }, expire).state, answers: state.answers }
}

/** Every number given out, as `pool value` → owner. */
const given = (state: State): ReadonlyMap<string, string> =>
  new Map(
    [...state.pools.entries()].flatMap(([pool, { owners }]) =>
      [...owners.entries()].flatMap(([owner, { values }]) =>
        values.map((value) => [`${pool} ${value}`, owner] as const),
      ),
    ),
  )

/** What the assignments say is given out; tags of removed hosts are history. */
const assigned = (state: State): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>()
  const add = (key: string, owner: string) => found.set(key, [...(found.get(key) ?? []), owner])
  for (const { lab: name, segments: all, macs } of Object.values(state.assignments)) {
    for (const [id, segment] of Object.entries(all)) {
      if (segment.vni !== null) add(`vni ${segment.vni}`, `lab/${name}/segment/${id}`)
      for (const [host, tag] of Object.entries(segment.vlans))
        if (state.roster[host]?.state === 'admitted') add(`vlan/${host} ${tag}`, `lab/${name}/segment/${id}`)
    }
    for (const [endpoint, mac] of Object.entries(macs))
      add(`mac ${Number.parseInt(mac.slice(9).replaceAll(':', ''), 16)}`, `lab/${name}/endpoint/${endpoint}`)
  }
  return found
}

describe('the state machine, whatever the log says', () => {
  it('gives no number to two owners, and each number of an assignment is held by it', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const state = run(start(), list)
        const held = given(state)
        for (const [key, owners] of assigned(state)) expect(owners).toEqual([held.get(key)])
        const overlays = Object.values(state.roster)
          .filter((host) => host.state === 'admitted')
          .map((host) => host.overlayAddress)
        expect(new Set(overlays).size).toBe(overlays.length)
      }),
    )
  })

  it('gives no number again before it rested', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const freedAt = new Map<string, number>()
        let state = start()
        for (const [at, command] of list.entries()) {
          const before = given(state)
          state = apply(state, { index: at + 1, term: 1 }, command).state
          const after = given(state)
          for (const [key, owner] of after)
            if (before.get(key) !== owner) expect(state.nowMs - (freedAt.get(key) ?? 0)).toBeGreaterThanOrEqual(REST_MS)
          for (const [key, owner] of before) if (after.get(key) !== owner) freedAt.set(key, state.nowMs)
        }
      }),
    )
  })

  it('comes to the same state on every host, also from a snapshot in between', () => {
    fc.assert(
      fc.property(commands, fc.nat(60), (list, cut) => {
        const whole = told(run(start(), list))
        expect(told(run(start(), list))).toBe(whole)
        const snapshot = decodeState(JSON.parse(told(run(start(), list.slice(0, cut)))))
        expect(told(run(snapshot, list.slice(cut), Math.min(cut, list.length) + 1))).toBe(whole)
      }),
    )
  })

  it('answers a request that comes again as it did, changing nothing, also after a snapshot', () => {
    fc.assert(
      fc.property(commands, fc.nat(60), (list, cut) => {
        const first = new Map<string, CommandResult>()
        let state = start()
        for (const [at, command] of list.entries()) {
          if (at === cut) state = decodeState(JSON.parse(told(state)))
          const before = state
          const { state: next, result } = apply(state, { index: at + 1, term: 1 }, command)
          const known = first.get(command.requestId)
          if (known !== undefined) expect([next, result]).toEqual([before, known])
          first.set(command.requestId, result)
          state = next
        }
      }),
    )
  })

  it('gives who reserves the lowest numbers that nobody holds and that have rested', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const freedAt = new Map<string, number>()
        let state = start()
        for (const [at, command] of list.entries()) {
          const before = given(state)
          state = apply(state, { index: at + 1, term: 1 }, command).state
          const after = given(state)
          for (const key of before.keys()) if (!after.has(key)) freedAt.set(key, state.nowMs)
          if (command.type !== 'reserve') continue
          const news = [...after].filter(
            ([key, owner]) => owner === `user/${command.owner}` && before.get(key) !== owner,
          )
          const highest = Math.max(...news.map(([key]) => Number(key.split(' ')[1])))
          for (let value = poolRange(state.config, command.pool)[0]; value < highest; value += 1) {
            const key = `${command.pool} ${value}`
            const rests = state.nowMs - (freedAt.get(key) ?? 0) < REST_MS
            expect(after.has(key) || rests, `${key} was free, and ${highest} was given`).toBe(true)
          }
        }
      }),
    )
  })

  it('lets no two tests have one NIC, and none beyond its end', () => {
    fc.assert(
      fc.property(commands, (list) => {
        /** By NIC: what was granted last and not given back. */
        const granted = new Map<string, { readonly test: number; readonly untilMs: number }>()
        let state = start()
        for (const [at, command] of list.entries()) {
          const isNew = !new Set(list.slice(0, at).map(({ requestId }) => requestId)).has(command.requestId)
          const step = apply(state, { index: at + 1, term: 1 }, command)
          state = step.state
          for (const [nic, { untilMs }] of granted) if (untilMs <= state.nowMs) granted.delete(nic)
          if (isNew && step.result.ok && command.type === 'hold-test') {
            for (const nic of command.nics) {
              expect(granted.get(nic)?.test ?? command.test).toBe(command.test)
              granted.set(nic, { test: command.test, untilMs: state.nowMs + command.ttlMs })
            }
          }
          if (isNew && command.type === 'free-test')
            for (const [nic, { test }] of granted) if (test === command.test) granted.delete(nic)
          if (isNew && step.result.ok && command.type === 'remove-host') granted.delete(`host/${command.id}`)
          const told = new Map([...state.nics.entries()].map(([nic, { test, untilMs }]) => [nic, { test, untilMs }]))
          expect(told).toEqual(new Map([...granted].toSorted(([a], [b]) => (a < b ? -1 : 1))))
        }
      }),
    )
  })

  it('leaves a refused command without a trace but its answer and the edition', () => {
    fc.assert(
      fc.property(commands, (list) => {
        let state = start()
        for (const [at, command] of list.entries()) {
          const step = apply(state, { index: at + 1, term: 1 }, command)
          if (!step.result.ok)
            expect(told({ ...step.state, answers: state.answers, edition: state.edition })).toBe(
              told(afterTime(state, step.state.nowMs)),
            )
          state = step.state
        }
      }),
    )
  })

  it('takes every command from the network as it was sent', () => {
    fc.assert(
      fc.property(commands, (list) => {
        for (const command of list) expect(decodeCommand(JSON.parse(JSON.stringify(command)))).toEqual(command)
      }),
    )
  })
})

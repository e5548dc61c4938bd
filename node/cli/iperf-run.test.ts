import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExercisePlan, ExerciseView } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import { TWO_LAB } from '#testing/samples.ts'
import type { ExerciseShape, PlanShape } from './iperf-shapes.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/** All goes on at each look, at this rate. */
const at = (bps?: number) => ({ onWait: () => world.agent.iperf.step(bps) })

it('has the shapes of the agent', () => {
  const same = (views: [ExercisePlan, ExerciseView]) => {
    const shapes: [PlanShape, ExerciseShape] = views
    return shapes
  }
  expect(same).toBeTypeOf('function')
})

describe('iperf run', () => {
  it('shows the plan, each test as it ends, and the numbers', async () => {
    const { code, out, err } = await world.run(['iperf', 'run', 'a', 'b'], at())
    expect(code).toBe(0)
    expect(err).toBe(
      '1 test in 1 round, about 12 s; sends as much as goes through\n  round 1: a → b\n[1/1] a → b  940 Mbit/s\n',
    )
    expect(out).toMatch(/^exercise 4000 {2}ended {2}by a\ntcp, 10 s, through WireGuard; 1 test\n\n/)
    expect(out).toMatch(
      /\nTEST +SOURCE +DESTINATION +STATE +RECEIVED +RETR +RTT IDLE +RTT LOADED\n4001 +a +b +succeeded +940 Mbit\/s +12 +0\.42 ms +3\.1 ms\n$/,
    )
  })

  it('passes on how it is to be measured', async () => {
    const how = '--udp --bitrate 100M --parallel 4 --bidir --time 5m --samples 3 --underlay --background'.split(' ')
    const { code, out } = await world.run(['iperf', 'run', 'a', 'frr/r1:eth1', '--name', 'mine', ...how, '-y'], at())
    expect(code).toBe(0)
    expect(world.agent.iperf.asked).toEqual([
      {
        name: 'mine',
        shape: 'pairs',
        pairs: [['a', 'frr/r1:eth1']],
        params: {
          protocol: 'udp',
          bitrateBps: 100e6,
          parallel: 4,
          isBidir: true,
          timeS: 300,
          samples: 3,
          way: 'underlay',
          class: 'background',
        },
        start: true,
      },
    ])
    expect(out).toContain('940 Mbit/s  ± 2 Mbit/s')
    const ping = await world.run(['iperf', 'run', 'a', 'b', '--ping', '--reverse', '--no-wait'])
    expect(ping).toMatchObject({ code: 0, out: 'exercise 4002 has begun; look with `skein iperf show 4002`\n' })
    expect(world.agent.iperf.asked[1]?.params).toEqual({ tool: 'ping', isReverse: true })
  })

  it('prints the exercise as JSON, and nothing else', async () => {
    const { code, out, err } = await world.run(['iperf', 'run', 'a', 'b', '--json'], at())
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject({ id: 4000, state: 'ended', all: [{ result: { receivedBps: 940e6 } }] })
  })

  it('says by how much a pair misses what is expected: exit code 1', async () => {
    const { code, out, err } = await world.run(['iperf', 'run', 'a', 'b', '--expect', '>500M'], at(320e6))
    expect(code).toBe(1)
    expect(out).toContain('320 Mbit/s')
    expect(err).toMatch(
      /\n {2}a → b: 320 Mbit\/s, 180 Mbit\/s \(36 %\) below 500 Mbit\/s\nerror: 1 of 1 test missed >500M\nhint: .+\n$/,
    )
    expect(await world.run(['iperf', 'run', 'a', 'b', '--expect', '>500M'], at(600e6))).toMatchObject({ code: 0 })
  })

  it('expects as much of both directions, where both are measured', async () => {
    const back = () => {
      const [test] = world.agent.iperf.kept.get(4000)?.all ?? []
      if (test?.result === undefined) return world.agent.iperf.step()
      world.agent.iperf.kept.get(4000)?.all.splice(0, 1, {
        ...test,
        result: { ...test.result, back: { receivedBps: 320e6, sentBps: 320e6 } },
      })
    }
    const onWait = () => {
      back()
      back()
      back()
    }
    const { code, err } = await world.run(['iperf', 'run', 'a', 'b', '--bidir', '--expect', '>500M'], { onWait })
    expect(code).toBe(1)
    expect(err).toContain('  b → a: 320 Mbit/s, 180 Mbit/s (36 %) below 500 Mbit/s\nerror: 1 of 1 test missed >500M')
    expect(err).not.toContain('a → b: 940')
  })

  it('fails where a test does: exit code 1', async () => {
    const fail = () => {
      const view = world.agent.iperf.kept.get(4000)
      const [test] = view?.all ?? []
      if (view === undefined || test === undefined) return
      view.all[0] = { ...test, state: 'timed_out', error: 'no answer' }
      view.endedAtMs = 0
    }
    const { code, err } = await world.run(['iperf', 'run', 'a', 'b', '--json'], { onWait: fail })
    expect(code).toBe(1)
    expect(JSON.parse(err)).toMatchObject({
      error: 'TEST_FAILED',
      message: '1 of 1 test did not succeed',
      details: { faults: ['a → b: timed out: no answer'] },
    })
  })

  it('stops the exercise on Ctrl-C, keeps what there is and says so', async () => {
    const { code, out, err } = await world.run(['iperf', 'run', 'a', 'b'], {
      onWait: (_at, interrupt) => interrupt(),
    })
    expect(code).toBe(130)
    expect(err).toContain(
      'stopping exercise 4000; what was measured is kept. Ctrl-C again leaves it to end by itself\n',
    )
    expect(err).toMatch(/error: interrupted: exercise 4000 was stopped\nhint: .*`skein iperf results 4000`\.\n$/)
    expect(out).toMatch(/canceled +500 Mbit\/s .*stopped early/)
    expect(world.agent.iperf.exercise(4000).state).toBe('ended')
  })

  it('says how to go on where the host goes away: exit code 3', async () => {
    const { code, err } = await world.run(['iperf', 'run', 'a', 'b'], { onWait: () => world.stopApi() })
    expect(code).toBe(3)
    expect(err).toContain('; exercise 4000 goes on between the hosts that are there\n')
    expect(err).toContain('hint: Look from another host: `skein iperf show 4000 --api https://HOST:8010`.\n')
  })

  it('outlives an agent that is started again', async () => {
    const { code } = await world.run(['iperf', 'run', 'a', 'b'], {
      onWait: async (atMs) => {
        if (atMs < 1_000) return world.stopApi()
        if (atMs < 6_000) return
        await world.stopApi()
        await world.startApi()
        world.agent.iperf.step()
      },
    })
    expect(code).toBe(0)
  })

  it.each([
    ['--expect', 'fast'],
    ['--expect', '>1M', '--no-wait'],
    ['--expect', '>1M', '--ping'],
    ['--expect', '>1M', '--schedule', '0 3 * * *'],
    ['--bitrate', 'much'],
    ['--time', '0'],
    ['--time', '1ms'],
    ['--samples', '0'],
  ])('refuses %s %s %s', async (...args) => {
    const { code, err } = await world.run(['iperf', 'run', 'a', 'b', ...args])
    expect(code).toBe(2)
    expect(err).toMatch(/^error: .+\nhint: .+\n$/)
    expect(world.agent.iperf.asked).toEqual([])
  })

  it('passes on what the agent says of ends nobody knows', async () => {
    const { code, err } = await world.run(['iperf', 'run', 'a', 'zz'])
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('nobody knows zz') })
  })
})

describe('iperf mesh', () => {
  it('shows rounds as they go and the matrix at the end', async () => {
    const { code, out, err } = await world.run(['iperf', 'mesh', '--hosts', 'a,b,c', '--time', '5'], at())
    expect(code).toBe(0)
    expect(world.agent.iperf.asked[0]).toMatchObject({ shape: 'mesh', ends: ['a', 'b', 'c'], params: { timeS: 5 } })
    expect(err).toMatch(/^6 tests in 6 rounds, about 42 s; /)
    expect(err).toContain('[6/6] c → b  940 Mbit/s\n')
    expect(out).toContain('from \\ to  a     b     c\na          ·     940M  940M\nb          940M  ·     940M\n')
  })

  it('asks where it takes long and somebody is there', async () => {
    const no = await world.run(['iperf', 'mesh', '--time', '60'], { answer: 'n' })
    expect(no).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Measure for about \d+ min.*\? \[y\/N\] error: nothing was measured/),
    })
    expect(world.agent.iperf.asked).toEqual([])
    expect(await world.run(['iperf', 'mesh', '--time', '60'], { answer: 'y', ...at() })).toMatchObject({ code: 0 })
    const yes = await world.run(['iperf', 'mesh', '--time', '60', '--yes'], { answer: 'n', ...at() })
    expect(yes).toMatchObject({ code: 0, err: expect.not.stringContaining('[y/N]') })
    expect(world.agent.iperf.asked).toHaveLength(2)
  })

  it('writes over one line on a terminal', async () => {
    const { err } = await world.run(['iperf', 'mesh', '--hosts', 'a,b'], { isTty: true, ...at() })
    expect(err).toContain('exercise 4000 running: round 1 of 2, 0 of 2 tests ended')
    expect(err).toContain('\r\u001b[2K[1/2] a → b  940 Mbit/s\nexercise 4000 running: round 2 of 2, 1 of 2 tests ended')
    expect(err).toMatch(/1 of 2 tests ended; b → a \d+ Mbit\/s/)
    expect(err.endsWith('\r\u001b[2K')).toBe(true)
  })

  it('measures nodes of a lab', async () => {
    await world.run(['iperf', 'mesh', '--lab', 'frr01', '--nodes', 'r1,r2:eth1', '--hosts', 'a'], at())
    expect(world.agent.iperf.asked[0]?.ends).toEqual(['a', 'frr01/r1', 'frr01/r2:eth1'])
  })

  it('measures all nodes of a lab, or each of its links once', async () => {
    await world.run(['lab', 'up', '-', '--detach'], { stdin: TWO_LAB.replace(', binds: [conf/a.txt:/a.txt]', '') })
    world.agent.bringUp('two')
    await world.run(['iperf', 'mesh', '--lab', 'two'], at())
    expect(world.agent.iperf.asked[0]).toMatchObject({ shape: 'mesh', ends: ['two/a', 'two/b'] })
    const { code, out } = await world.run(['iperf', 'mesh', '--lab', 'two', '--links', '--ping'], at())
    expect(code).toBe(0)
    expect(world.agent.iperf.asked[1]).toMatchObject({ shape: 'pairs', pairs: [['two/a:eth1', 'two/b:eth1']] })
    expect(out).toMatch(/\nping, 10 s; 1 test\n\n.*\n\d+ +two\/a:eth1 +two\/b:eth1 +succeeded +0\.42 ms /)
  })

  it('makes a schedule of it', async () => {
    const cron = ['--schedule', '0 3 * * *']
    const { code, out } = await world.run(['iperf', 'mesh', ...cron, '--schedule-name', 'often', '--udp'])
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^schedule often: 0 3 \* \* \* \(UTC\); it begins next in /),
    })
    expect(world.agent.iperf.asked).toEqual([])
    expect(world.agent.iperf.schedules().find(({ name }) => name === 'often')?.ask).toMatchObject({
      shape: 'mesh',
      params: { protocol: 'udp' },
    })
    expect((await world.run(['iperf', 'run', 'a', 'b', ...cron])).out).toMatch(/^schedule a-b: /)
    expect((await world.run(['iperf', 'mesh', '--name', 'all of us!', ...cron])).out).toMatch(/^schedule all-of-us: /)
  })

  it.each([
    [['--nodes', 'r1'], 'Add --lab NAME'],
    [['--links'], 'Add --lab NAME'],
    [['--lab', 'x', '--links', '--nodes', 'r1'], 'Leave out --nodes'],
    [['--hosts', 'a,,b'], 'commas between'],
  ])('refuses %j', async (args, hint) => {
    expect(await world.run(['iperf', 'mesh', ...args])).toMatchObject({ code: 2, err: expect.stringContaining(hint) })
  })
})

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Problem } from '#core/model/errors.ts'
import { readTopology } from '#core/topology/read.ts'
import { BROKEN_CASES } from '#core/topology/testdata/broken-cases.ts'
import { skeinHosts } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Refusal {
  readonly error: string
  readonly message: string
  readonly hint: string
  readonly details: { readonly problems?: readonly Problem[] }
}

const SOCKET = '/run/skein/skein.sock'
const STACK = /at .*\(.*:\d+:\d+\)|\n\s+at .*:\d+:\d+/
const SEED = 20_261_121
const MUTATIONS = 260
/** Files that go through the command line: each starts a process. */
const BY_COMMAND = 16

const GOOD = `name: two
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { exec: ["ip addr add 10.0.0.1/24 dev eth1"], env: { A: b } }
    b: { memory: 64Mb, cpu: 0.5, ports: ["8080:80"] }
    br1: { kind: bridge }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
    - endpoints: ["a:eth2", "br1:p1"]
      mtu: 1400
`

const NOISE = [
  '{',
  ']',
  ':',
  '- ',
  '\t',
  '&a ',
  '*a',
  '!!map ',
  '"',
  '\u0000',
  '<<: ',
  '__proto__: 1\n',
  `$${'{X}'}`,
  'a'.repeat(70),
  'eth0',
  '\n  ',
  '💥',
]

/** The good file with a piece cut out and something else put there. */
const mutation = fc
  .tuple(fc.nat(GOOD.length), fc.nat(30), fc.constantFrom(...NOISE))
  .map(([at, length, inserted]) => GOOD.slice(0, at) + inserted + GOOD.slice(at + length))

/** By the reader itself: a mutation that is still a lab is none of these. */
const isBroken = (text: string): boolean => readTopology({ text }).intent === undefined

const brokenFiles = (): readonly string[] => [
  ...new Set(
    [...BROKEN_CASES.map(({ text }) => text), ...fc.sample(mutation, { seed: SEED, numRuns: MUTATIONS })].filter(
      isBroken,
    ),
  ),
]

describeReal('broken topology files', ['dockerd', 'ovs-vsctl', 'wg'], () => {
  const bed = testbed({ prefix: 'bk', hosts: 2, net: '10.59' })
  const hosts = skeinHosts(bed)
  const [host = ''] = bed.hosts
  const api = bed.exec(host)
  const files = brokenFiles()
  const everyStatus = Array.from({ length: 500 }, (_, i) => 100 + i)
  const submit = (topology: string) =>
    api.run({ socket: SOCKET, method: 'POST', path: '/v1/labs', body: { topology }, okStatus: everyStatus })

  const nothingStarted = async (): Promise<void> => {
    for (const each of bed.hosts) {
      expect((await bed.run(each, ['docker', 'ps', '-aq'])).stdout).toBe('')
      expect(await hosts.json(each, 'lab', 'ls')).toEqual([])
    }
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.makeMesh()
  })
  afterAll(() => bed.down())

  test('the unbroken file is taken, so that a refusal means something', async () => {
    const answer = await api.run({
      socket: SOCKET,
      method: 'POST',
      path: '/v1/labs/validate',
      body: { topology: GOOD },
    })
    expect(JSON.parse(answer.stdout)).toEqual({ valid: true, problems: [] })
  })

  test('at least 200 of them: each is refused with lines and without a stack trace, and starts nothing', async () => {
    expect(files.length).toBeGreaterThanOrEqual(200)
    for (const text of files) {
      const answer = await submit(text)
      expect([400, 422], `${answer.code} for ${text}`).toContain(answer.code)
      expect(answer.stdout).not.toMatch(STACK)
      const refusal = JSON.parse(answer.stdout) as Refusal
      const errors = (refusal.details.problems ?? []).filter(({ severity }) => severity === 'error')
      expect(errors.length, text).toBeGreaterThan(0)
      const lines = text.split('\n').length
      for (const { line, column, message } of errors) {
        expect(line, text).toSatisfy((at: number) => Number.isInteger(at) && at >= 1 && at <= lines)
        expect(column, text).toBeGreaterThanOrEqual(1)
        expect(message).not.toBe('')
      }
      expect(['BAD_TOPOLOGY', 'BAD_INPUT']).toContain(refusal.error)
    }
    await nothingStarted()
  })

  test('the command line names file, line and column, exits with 2, and starts nothing', async () => {
    const every = Math.floor(files.length / BY_COMMAND)
    const some = files.filter((_, i) => i % every === 0)
    expect(some.length).toBeGreaterThanOrEqual(15)
    for (const text of some) {
      await bed.run(host, ['tee', '/tmp/broken.clab.yml'], { stdin: text })
      const said = await hosts.skein(host, 'lab', 'up', '/tmp/broken.clab.yml')
      expect(said.code, `${said.stderr}\n${text}`).toBe(2)
      expect(said.stderr).toMatch(/^(\/tmp\/)?broken\.clab\.yml:[1-9]\d*:[1-9]\d*: error: ./m)
      expect(said.stdout).toBe('')
      expect(said.stderr).not.toMatch(STACK)
    }
    await nothingStarted()
  })
})

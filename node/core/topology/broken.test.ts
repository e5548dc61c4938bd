import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../model/errors.ts'
import { readTopology, type TopologyResult } from './read.ts'
import { BROKEN_CASES } from './testdata/broken-cases.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

const SEEDS_FORM = `name: seeds
nodes:
  r1: {kind: linux, image: alpine:3, host: host-a, ports: ["8080:80"], memory: 64mb, cpu: 0.5}
  r2: {kind: linux, image: alpine:3, labels: {skein/host: host-b}, binds: ["conf/x:/x:ro"]}
links:
  - r1: {ifname: eth1, ipv4: 10.0.0.1/24, ipv6: "2001:db8::1/64"}
    r2: {ifname: eth1, ipv4: 10.0.0.2/24}
    mtu: 1400
`

const GOOD: readonly string[] = [
  read('../../integration/testdata/frr01/frr01.clab.yml'),
  read('testdata/linux-nodes/01-linux-nodes.clab.yml'),
  read('testdata/stages/stages.clab.yml'),
  read('testdata/bgp-frr/bgp-frr.clab.yml'),
  SEEDS_FORM,
]

/** A message without what it quotes of the file. */
const ownWords = (message: string): string => message.replace(/`[^`]*`|"(\\.|[^"])*"?/g, '')

/** One `expect` for all problems: there may be 400, in each of a thousand texts. */
function expectSound(text: string, { problems, intent }: TopologyResult): void {
  const lines = text.split('\n').length
  const isSound = ({ line, column, message }: Problem): boolean =>
    line >= 1 &&
    line <= lines &&
    column >= 1 &&
    !message.includes('\n') &&
    !/undefined|\[object|NaN/.test(ownWords(message))
  const unsound = problems.filter((problem) => !isSound(problem))
  const hasErrors = problems.some((problem) => problem.severity === 'error')
  expect({ unsound, hasIntent: intent !== undefined }).toEqual({ unsound: [], hasIntent: !hasErrors })
}

describe('broken lab files', () => {
  it.each(BROKEN_CASES)('$name', ({ text, message, line }) => {
    const result = readTopology({ text })
    expectSound(text, result)
    const errors = result.problems.filter((problem) => problem.severity === 'error')
    expect(errors).toContainEqual(expect.objectContaining({ line, message: expect.stringMatching(message) }))
  })

  it('has distinct names', () => {
    expect(new Set(BROKEN_CASES.map((broken) => broken.name)).size).toBe(BROKEN_CASES.length)
  })

  it('lists all mistakes of a file at once, in the order of the file', () => {
    const text =
      'name: my lab\nnodes:\n  r1: {kind: linux, imgae: x}\nlinks:\n  - endpoints: ["r1:eth1", "r2:eth1"]\n    mtu: 1\n'
    const { problems } = readTopology({ text })
    expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '1 BAD_NAME',
      '3 MISSING',
      '3 UNKNOWN_KEY',
      '5 UNKNOWN_NODE',
      '6 BAD_VALUE',
    ])
  })
})

const line = fc.oneof(
  fc.constantFrom(
    '    x: *a',
    '  - [',
    '\tnodes:',
    'links:',
    '  ? {}',
    '  <<: {a: b}',
    '...',
    '---',
    '    kind: ceos',
    '    exec: {}',
  ),
  fc.tuple(fc.nat(8), fc.string(), fc.string()).map(([depth, key, value]) => `${' '.repeat(depth)}${key}: ${value}`),
)

type Edit = (lines: string[], at: number) => void

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constant<Edit>((lines, at) => void lines.splice(at, 1)),
  fc.constant<Edit>((lines, at) => void lines.splice(at, 0, lines[at] ?? '')),
  fc.nat().map<Edit>((other) => (lines, at) => void lines.splice(at, 1, lines[other % lines.length] ?? '')),
  line.map<Edit>((text) => (lines, at) => void lines.splice(at, 1, text)),
  line.map<Edit>((text) => (lines, at) => void lines.splice(at, 0, text)),
  fc.string().map<Edit>(
    (key) => (lines, at) =>
      void lines.splice(
        at,
        1,
        (lines[at] ?? '').replace(/[\w-]+:/, () => `${key}:`),
      ),
  ),
  fc
    .oneof(
      fc.string(),
      fc.double().map(String),
      fc.constantFrom('null', '[]', '{}', '[[]]', '{a: {b: c}}', '"', '-1', 'true'),
    )
    .map<Edit>(
      (value) => (lines, at) =>
        void lines.splice(
          at,
          1,
          (lines[at] ?? '').replace(/: .*/, () => `: ${value}`),
        ),
    ),
)

const mutated = fc
  .tuple(fc.constantFrom(...GOOD), fc.array(fc.tuple(edit, fc.nat()), { minLength: 1, maxLength: 4 }))
  .map(([text, edits]) => {
    const lines = text.split('\n')
    for (const [change, at] of edits) change(lines, at % Math.max(lines.length, 1))
    return lines.join('\n')
  })

// The limit is for machines that are busy with more than this; alone they take one second each.
describe('any text', { timeout: 60_000 }, () => {
  it.each(GOOD.map((text) => [text]))('good files stay good', (text) => {
    const result = readTopology({ text })
    expectSound(text, result)
    expect(result.intent).toBeDefined()
  })

  it('a changed lab file gives an intent or errors with lines, and never throws', () => {
    const check = (text: string, lenient: boolean): void => expectSound(text, readTopology({ text, lenient }))
    fc.assert(fc.property(mutated, fc.boolean(), check), { numRuns: 250 })
  })

  it('a lab file cut off anywhere, or with bytes changed, does too', () => {
    const place = fc.tuple(fc.constantFrom(...GOOD), fc.nat(), fc.uint8Array({ maxLength: 8 }), fc.boolean())
    const check = ([good, at, bytes, isCut]: [string, number, Uint8Array, boolean]): void => {
      const cut = at % good.length
      const text = good.slice(0, cut) + String.fromCharCode(...bytes) + (isCut ? '' : good.slice(cut + bytes.length))
      expectSound(text, readTopology({ text }))
    }
    fc.assert(fc.property(place, check), { numRuns: 150 })
  })

  it('text that is nothing at all does too', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.json())
    fc.assert(
      fc.property(text, (any) => expectSound(any, readTopology({ text: any }))),
      { numRuns: 300 },
    )
  })
})

describe('hostile text', () => {
  const nested = `a: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `b${i}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n')}`
  const heavy = Array.from({ length: 2000 }, (_, i) => `    n${i}:`).join('\n')
  it.each([
    ['aliases of aliases', nested, /too large here when its aliases/],
    ['deep nesting', `name: ${'['.repeat(60)}${']'.repeat(60)}`, /nested too deeply/],
    ['very deep nesting', '{a: '.repeat(20_000), /nested too deeply/],
    ['more than a MiB', ' '.repeat(1_048_577), /larger than 1 MiB/],
    ['more than a MiB after substitution', `\${X:=${'x'.repeat(900)}}`.repeat(1400), /larger than 1 MiB/],
    [
      'defaults copied a thousand times',
      `name: a\ntopology:\n  defaults: {kind: bridge, env: {A: ${'x'.repeat(9000)}}}\n  nodes:\n${heavy}`,
      /inherit too much/,
    ],
    [
      'a thousand mistakes',
      Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join('\n'),
      /more errors; only 200 are shown/,
    ],
  ])('%s is refused', (_, text, message) => {
    const { problems, intent } = readTopology({ text })
    expect(intent).toBeUndefined()
    expect(problems).toContainEqual(expect.objectContaining({ message: expect.stringMatching(message) }))
    expect(problems.length).toBeLessThanOrEqual(402)
  })
})

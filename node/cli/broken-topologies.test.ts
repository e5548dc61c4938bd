import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const GOOD = `name: two
topology:
  nodes:
    a: { kind: linux, image: alpine }
    b: { kind: linux, image: alpine }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`

let world: CliWorld
beforeAll(async () => {
  world = await createCliWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

it('broken topologies give lines and exit code 2 and start nothing; none gives a stack trace', async () => {
  const noise = fc.constantFrom(
    '{',
    ']',
    ':',
    '- ',
    '\t',
    '&a ',
    '*a',
    '!!map ',
    '\n',
    '"',
    '%',
    '\u0000',
    '0x',
    '<<: ',
    '__proto__: 1\n',
    `$${'{X}'}`,
  )
  const cut = fc.tuple(fc.nat(GOOD.length), fc.nat(30), noise)
  const property = fc.asyncProperty(cut, async ([at, length, inserted]) => {
    const stdin = GOOD.slice(0, at) + inserted + GOOD.slice(at + length)
    const checked = await world.run(['lab', 'validate', '-'], { stdin })
    expect(checked.out + checked.err).not.toMatch(/unexpected happened|\n {4}at /)
    if (checked.code === 0) return
    expect(checked).toMatchObject({ code: 2, out: expect.stringMatching(/^stdin:\d+:\d+: (error|warning): /) })
    expect(await world.run(['lab', 'up', '-'], { stdin })).toMatchObject({ code: 2, out: '' })
    expect(world.agent.submitted.size).toBe(0)
  })
  await fc.assert(property, { numRuns: 200 })
})

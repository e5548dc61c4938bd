import fc from 'fast-check'
import { expect, describe as group, test } from 'vitest'
import { fitsHelper } from './fits-helper.ts'
import { Helper } from './helper.ts'
import { createHelpers } from './helpers.ts'

const helper = new Helper()
const sh = (script: string) => ({ file: 'sh', args: ['-c', script] })
const word = fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\0]/.test(text))

group('a helper', () => {
  test('words and input arrive as they are, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word), fc.array(word), async (words, lines) => {
        const said = await helper.run({ file: 'printf', args: ['[%s]', '$HOME', "it's", '*', '`id`', ...words] })
        expect(said.stdout).toBe(['$HOME', "it's", '*', '`id`', ...words].map((text) => `[${text}]`).join(''))
        const stdin = lines.map((line) => `${line}\n`).join('')
        expect((await helper.run({ file: 'cat', args: [], stdin })).stdout).toBe(stdin)
      }),
      { numRuns: 40 },
    )
  })

  test('what it says on both streams, and its code, are told apart from those of the next', async () => {
    const both = sh('echo out; echo err >&2; exit 3')
    expect(await helper.run({ ...both, okCodes: [3] })).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
    expect(await helper.run(sh('printf x'))).toEqual({ code: 0, stdout: 'x', stderr: '' })
    await expect(helper.run(both)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: "sh -c 'echo out; echo err >&2; exit 3': exit code 3: err",
    })
  })

  test('runs with LC_ALL=C, and with empty input where none is told', async () => {
    expect((await helper.run(sh('echo $LC_ALL; cat'))).stdout).toBe('C\n')
  })

  test('much output is whole', async () => {
    expect((await helper.run(sh('head -c 600000 /dev/zero | tr "\\0" a'))).stdout).toHaveLength(600_000)
  })

  test('a tool that is not there is TOOL_MISSING', async () => {
    const missing = { code: 'TOOL_MISSING', details: { tool: 'no-such-tool' } }
    await expect(helper.run({ file: 'no-such-tool', args: [] })).rejects.toMatchObject(missing)
    const nested = { file: 'nsenter', args: ['no-such-tool'] }
    await expect(helper.run(nested)).rejects.toMatchObject(missing)
  })

  test('too much output, and one that runs too long, end it with all that it runs', async () => {
    const flooded = new Helper()
    await expect(flooded.run(sh('yes'))).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    const slow = new Helper()
    const command = { ...sh('trap "" TERM; sleep 60 & sleep 60'), timeoutMs: 50 }
    await expect(slow.run(command)).rejects.toMatchObject({ code: 'TIMEOUT', details: { timeoutMs: 50 } })
    expect([flooded.isOver, slow.isOver, helper.isOver]).toEqual([true, true, false])
  })

  test('a signal ends it, and one that was given before keeps it from being started', async () => {
    const helpers = createHelpers()
    const stop = new AbortController()
    const running = helpers.run(sh('sleep 60'), stop.signal)
    stop.abort()
    const stopped = { code: 'TOOL_FAILED', message: expect.stringContaining('stopped on request') }
    await expect(running).rejects.toMatchObject(stopped)
    await expect(helpers.run(sh('true'), stop.signal)).rejects.toMatchObject(stopped)
  })

  test('of a secret one neither words nor output are told', async () => {
    const error = await helper.run({ ...sh('echo hunter2 >&2; exit 1'), secret: true }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'TOOL_FAILED', message: 'sh …: exit code 1' })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })

  test('one that is killed fails what it runs, and only that', async () => {
    const helpers = createHelpers()
    await expect(helpers.run(sh('kill -9 $PPID; sleep 60'))).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    expect((await helpers.run(sh('echo again'))).stdout).toBe('again\n')
  })
})

test('one that does not end holds up no other', async () => {
  const helpers = createHelpers()
  const held = helpers.run({ ...sh('sleep 60'), timeoutMs: 3_000 }).catch((error: { code: string }) => error.code)
  const others = await Promise.all([1, 2, 3].map((each) => helpers.run(sh(`echo ${each}`))))
  expect(others.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n'])
  expect(await held).toBe('TIMEOUT')
})

test('helpers are used again, and started only for what runs at once', async () => {
  const helpers = createHelpers()
  const parents = async () => (await helpers.run(sh('echo $PPID'))).stdout
  const [first, second] = [await parents(), await parents()]
  expect(second).toBe(first)
  const many = await Promise.all(Array.from({ length: 30 }, parents))
  expect(new Set(many).size).toBeLessThanOrEqual(6)
})

test.each([
  ['a quick tool', { file: 'ip', args: ['-batch', '-'], stdin: 'link set dev a up\n' }, true],
  ['one in a namespace', { file: 'nsenter', args: ['-t', '1', '-n', 'ip', 'addr'] }, true],
  ['one in other namespaces as well', { file: 'nsenter', args: ['-t', '1', '-a', '--', 'ip', 'addr'] }, false],
  ['one that nobody knows', { file: 'tcpdump', args: [] }, false],
  ['one in a namespace that nobody knows', { file: 'nsenter', args: ['-t', '1', '-n', 'tcpdump'] }, false],
  ['a word of two lines', { file: 'ip', args: ['a\nb'] }, false],
  ['input without an end of its line', { file: 'ip', args: [], stdin: 'a' }, false],
  ['very many words', { file: 'ovs-vsctl', args: Array.from({ length: 101 }, () => '--') }, false],
  ['very much input', { file: 'ip', args: [], stdin: 'a\n'.repeat(10_000) }, false],
])('%s', (_name, command, fits) => {
  expect(fitsHelper(command)).toBe(fits)
})

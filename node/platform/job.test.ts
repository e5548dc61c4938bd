import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createJobs } from './job.ts'

const start = createJobs()
const sh = (script: string, limitMs = 20_000) => ({ file: 'sh', args: ['-c', script], limitMs, mark: {} })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'job-'))
})
afterAll(() => rm(folder, { recursive: true }))

const pidIn = async (name: string): Promise<number> => {
  const read = () => readFile(join(folder, name), 'utf8').catch(() => '')
  await expect.poll(read, { timeout: 10_000 }).toMatch(/\d\n/)
  return Number(await read())
}
const isAlive = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !stat.includes(') Z ')
}

describe('a job', () => {
  test('tells what it printed and how it ended, and has its mark and a plain locale', async () => {
    const job = start({ ...sh('echo out $A_MARK $LC_ALL; echo err >&2; cat; exit 3'), mark: { A_MARK: 'x/1' } })
    expect(await job.ended).toEqual({ type: 'exited', code: 3, stdout: 'out x/1 C', stderr: 'err' })
  })

  test('a line that was said is heard, also by who asks late; one that never comes is not', async () => {
    const job = start(sh('printf lis; sleep 0.05; echo tening >&1; exec sleep 30'))
    expect(await job.said(/^listening$/, 10_000)).toBe(true)
    expect(await job.said(/^listening$/, 10_000)).toBe(true)
    expect(await job.said(/nothing/, 1)).toBe(false)
    const never = job.said(/nothing/, 60_000)
    job.kill()
    expect(await never).toBe(false)
    expect((await job.ended).type).toBe('killed')
  })

  test('whole lines are heard as they come, those that came before are not', async () => {
    const heard: string[] = []
    const job = start(
      sh('echo early; sleep 0.3; printf la; sleep 0.05; printf "te\\nla"; sleep 0.05; echo st; printf cut'),
    )
    await job.said(/early/, 10_000)
    job.hear((line) => void heard.push(line))
    await job.ended
    expect(heard).toEqual(['late', 'last'])
  })

  test('asked to end, it prints what it has; one that does not mind is killed', async () => {
    // Asked in the moment of its birth, before timeout(1) knows its child, it just ends: so each lives a little before it says that it is on.
    const good = start(sh('trap "echo sums; exit 1" TERM; sleep 0.2; echo on; while :; do sleep 0.05; done'))
    await good.said(/on/, 10_000)
    good.interrupt()
    expect(await good.ended).toMatchObject({ type: 'exited', code: 1, stdout: 'on\nsums' })
    const by = start({
      ...sh('trap "echo sums; exit 0" INT; sleep 0.2; echo on; while :; do sleep 0.05; done'),
      interruptBy: 'SIGINT',
    })
    await by.said(/on/, 10_000)
    by.interrupt()
    expect(await by.ended).toMatchObject({ type: 'exited', code: 0, stdout: 'on\nsums' })
    const deaf = start(sh(`trap "" TERM; echo $$ >${folder}/deaf; sleep 0.2; echo on; while :; do sleep 0.05; done`))
    await deaf.said(/on/, 10_000)
    deaf.interrupt()
    expect((await deaf.ended).type).toBe('killed')
    await expect.poll(async () => isAlive(await pidIn('deaf'))).toBe(false)
  }, 20_000)

  test('its own timer ends it, whether it minds or not', async () => {
    const [mild, deaf] = [start(sh('exec sleep 30', 300)), start(sh('trap "" TERM; while :; do sleep 0.05; done', 300))]
    expect((await mild.ended).type).toBe('limit')
    expect((await deaf.ended).type).toBe('limit')
  }, 20_000)

  test('a tool that is not there is missing, also behind one that starts it', async () => {
    const none = { file: 'no-such-tool', args: [], limitMs: 1000, mark: {} }
    expect(await start(none).ended).toMatchObject({ type: 'missing', stderr: expect.stringContaining('no-such-tool') })
    const behind = start({ ...none, file: 'env', args: ['no-such-tool'] })
    expect((await behind.ended).type).toBe('missing')
  })

  test('one that prints without end is ended', async () => {
    const end = await start(sh('exec yes 0123456789012345678901234567890123456789')).ended
    expect(end.type).not.toBe('limit')
    expect(end.stdout.length).toBeLessThanOrEqual(4 * 1024 * 1024)
  })

  test('killing the timer, and the death of this program, both reach the tool itself', async () => {
    const job = start(sh(`echo $$ >${folder}/tool; exec sleep 30`))
    const tool = await pidIn('tool')
    expect(await isAlive(tool)).toBe(true)
    job.kill()
    await job.ended
    await expect.poll(() => isAlive(tool)).toBe(false)
    const program = `import { createJobs } from '${new URL('./job.ts', import.meta.url).pathname}'
      createJobs()({ file: 'sh', args: ['-c', 'echo $$ >${folder}/orphan; exec sleep 30'], limitMs: 60000, mark: {} })`
    const parent = start({
      file: process.execPath,
      args: ['--input-type=module', '-e', program],
      limitMs: 60_000,
      mark: {},
    })
    const orphan = await pidIn('orphan')
    expect(await isAlive(orphan)).toBe(true)
    parent.kill()
    await expect.poll(() => isAlive(orphan), { timeout: 5_000 }).toBe(false)
  }, 30_000)
})

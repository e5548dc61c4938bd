import { afterAll, expect, test } from 'vitest'
import { createJobs, type Job } from './job.ts'
import { killMarked, listMarked } from './marked.ts'

const start = createJobs()
const jobs: Job[] = []
const marked = async (name: string, mark: string): Promise<Job> => {
  const job = start({ file: 'sh', args: ['-c', 'echo on; exec sleep 60'], limitMs: 60_000, mark: { [name]: mark } })
  jobs.push(job)
  await job.said(/on/, 10_000)
  return job
}
afterAll(async () => {
  for (const job of jobs) job.kill()
  await Promise.all(jobs.map((job) => job.ended))
})

test('finds and kills what has our mark and is not wanted, and nothing else', async () => {
  const name = `A_TEST_${process.pid}`
  const [old, kept] = [await marked(name, 'us/1/server'), await marked(name, 'us/2/client')]
  const others = [
    await marked(name, 'usual/1/server'),
    await marked(`${name}0`, 'us/1/server'),
    await marked(name, 'us'),
  ]
  const marks = async () => new Set((await listMarked(name, 'us')).map(({ mark }) => mark))
  expect(await marks()).toEqual(new Set(['us/1/server', 'us/2/client']))
  expect(await killMarked(name, 'us', (mark) => mark === 'us/2/client')).toBeGreaterThan(0)
  expect((await old.ended).type).toBe('killed')
  expect(await marks()).toEqual(new Set(['us/2/client']))
  expect(await killMarked(name, 'us', (mark) => mark === 'us/2/client')).toBe(0)
  for (const job of [kept, ...others]) expect(await job.said(/gone/, 1)).toBe(false)
  const stillThere = await Promise.all([kept, ...others].map(({ pid }) => process.kill(pid ?? 0, 0)))
  expect(stillThere).toEqual([true, true, true, true])
})

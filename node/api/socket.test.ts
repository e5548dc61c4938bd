import { spawnSync } from 'node:child_process'
import { chmod, lstat, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { findGroup } from './group.ts'
import { createApi } from './index.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-api-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const api = (socketPath: string) => createApi({ agent: createFakeAgent(), socketPath, version: '0.1.0' })

describe('the socket', () => {
  it('is made in a closed folder, for its group only, and is gone after the end', async () => {
    const path = join(folder, 'run', 'skein.sock')
    const one = api(path)
    await one.start()
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o750)
    expect((await lstat(path)).mode & 0o777).toBe(0o660)
    await one.stop()
    await expect(lstat(path)).rejects.toThrow('ENOENT')
  })

  it('of a living agent is left alone', async () => {
    const path = join(folder, 'skein.sock')
    const one = api(path)
    await one.start()
    await expect(api(path).start()).rejects.toThrow(`another agent is running: it answers on ${path}`)
    expect((await lstat(path)).isSocket()).toBe(true)
    await one.stop()
  })

  it('of a dead agent is replaced', async () => {
    const path = join(folder, 'skein.sock')
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', script])
    expect((await lstat(path)).isSocket()).toBe(true)
    const one = api(path)
    await one.start()
    await one.stop()
  })

  it('never replaces a file', async () => {
    const path = join(folder, 'skein.sock')
    await writeFile(path, 'mine')
    await expect(api(path).start()).rejects.toThrow(`${path} is in the way: it is not a socket`)
    await chmod(path, 0o600)
  })

  it('says when its path is too long for the kernel', async () => {
    await expect(api(join(folder, 'x'.repeat(108))).start()).rejects.toThrow('is longer than 107 bytes')
  })
})

it('finds a group by its whole name', () => {
  const text = 'root:x:0:\nskeins:x:7:\nskein:x:998:ann,bob\nbroken\n'
  expect(findGroup(text, 'skein')).toBe(998)
  expect(findGroup(text, 'broken')).toBeUndefined()
  expect(findGroup(text, 'none')).toBeUndefined()
})

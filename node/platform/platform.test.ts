import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { ensureFolder, readJson, readTextIfThere, writeFileAtomic, writeSecretFile } from './files.ts'
import { freeCpus, freeMemoryMib, reachableAddresses, readHostFacts, readVersion } from './host-facts.ts'
import { createLogger, REDACTED } from './log.ts'
import { prettyLine } from './pretty.ts'
import { systemRandom } from './random.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-platform-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a file is replaced whole, leaves nothing beside it, and keeps its mode', async () => {
  const path = join(folder, 'atomic', 'a.txt')
  await ensureFolder(join(folder, 'atomic'))
  await writeFileAtomic(path, 'one')
  await writeFileAtomic(path, 'two')
  expect(await readFile(path, 'utf8')).toBe('two')
  expect(await readdir(join(folder, 'atomic'))).toEqual(['a.txt'])
  expect((await stat(path)).mode & 0o777).toBe(0o644)
  await writeSecretFile(path, 'key')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a write that cannot be leaves the old content', async () => {
  const path = join(folder, 'kept', 'a.txt')
  await ensureFolder(join(folder, 'kept'))
  await writeFileAtomic(path, 'old')
  await expect(writeFileAtomic(join(folder, 'absent', 'a.txt'), 'new')).rejects.toThrow(/ENOENT/)
  expect(await readFile(path, 'utf8')).toBe('old')
})

test('JSON is read with errors that name the file', async () => {
  const path = join(folder, 'x.json')
  await expect(readJson(path)).rejects.toMatchObject({ code: 'NOT_FOUND', message: `there is no file ${path}` })
  expect(await readTextIfThere(path)).toBeUndefined()
  await writeFile(path, '{ "a": ')
  await expect(readJson(path)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(path) })
  await writeFile(path, '{ "a": 1 }')
  expect(await readJson(path)).toEqual({ a: 1 })
})

test('free CPUs and memory come from what the kernel says', () => {
  expect(freeCpus('0.50 0.40 0.30 1/200 12345\n', 2)).toBe(1.5)
  expect(freeCpus('7.00 0.40 0.30 1/200 12345\n', 2)).toBe(0)
  expect(freeMemoryMib('MemTotal:  100 kB\nMemAvailable:   2097152 kB\n')).toBe(2048)
  expect(freeMemoryMib('MemTotal:  100 kB\n')).toBe(0)
})

test('only addresses that reach other hosts count', () => {
  const at = (address: string, internal = false) => ({
    address,
    internal,
    family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
    netmask: '',
    mac: '',
    cidr: null,
    scopeid: 0,
  })
  const found = reachableAddresses({
    lo: [at('127.0.0.1', true)],
    docker0: [at('172.17.0.1')],
    skw0: [at('10.213.0.1')],
    veth12: [at('10.1.1.1')],
    eth0: [at('fe80::1'), at('2001:db8::1'), at('192.0.2.1')],
    eth1: [at('192.0.2.2')],
  })
  expect(found).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
})

test('this machine has facts, a version and two clocks', () => {
  const facts = readHostFacts()
  expect(facts.cpus).toBeGreaterThan(0)
  expect(facts.freeMemoryMib).toBeGreaterThan(0)
  expect(facts.freeMemoryMib).toBeLessThanOrEqual(facts.memoryMib)
  expect(readVersion().version).toMatch(/^\d+\.\d+\.\d+/)
  const before = systemClock.monotonicMs()
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before)
  expect(systemClock.nowMs()).toBeGreaterThan(1.7e12)
})

test('chance has the length and the bounds asked for', () => {
  expect(systemRandom.bytes(32)).toHaveLength(32)
  expect(Array.from({ length: 100 }, () => systemRandom.below(3)).every((n) => n >= 0 && n < 3)).toBe(true)
})

test('secrets never reach the log', () => {
  const lines: string[] = []
  const log = createLogger({ level: 'info', pretty: false, stream: { write: (line) => void lines.push(line) } }).child({
    room: 'identity',
  })
  log.info(
    { token: 'hunter2', command: { stdin: 'hunter2' }, a: { b: { privateKey: 'hunter2' } }, lab: 'l1' },
    'joined',
  )
  log.debug('not shown')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('hunter2')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    room: 'identity',
    lab: 'l1',
    token: REDACTED,
    msg: 'joined',
  })
})

test('a line for people has time, level, room, message, fields; what is no JSON passes', () => {
  const line = prettyLine(
    '{"time":"2026-01-02T03:04:05.678Z","level":"warn","room":"mesh","lab":"l1","err":{"message":"no way"},"msg":"lost"}',
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  expect(line.replaceAll(/\u001b\[\d+m/g, '')).toBe('03:04:05.678 warn  mesh lost lab=l1 err="no way"\n')
  expect(prettyLine('plain\n')).toBe('plain\n')
})

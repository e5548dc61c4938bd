import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import config from '../../scripts/vitest.config.ts'

const FOLDER = new URL('../integration/', import.meta.url)

test('test files that run at once have hosts and networks of their own', async () => {
  const projects = (config as { test: { projects: { test: { name: string; exclude?: string[] } }[] } }).test.projects
  const alone = projects.find(({ test }) => test.name === 'integration')?.test.exclude ?? []
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.test.ts'))
  const beside = names.filter((name) => !alone.includes(`node/integration/${name}`))
  expect(beside.length).toBeGreaterThan(10)
  const texts = await Promise.all(beside.map((name) => readFile(new URL(name, FOLDER), 'utf8')))
  const beds = texts.flatMap((text) => text.match(/testbed\(\{[^}]*\}/) ?? [])
  for (const key of [/prefix: '(\w+)'/, /net: '([\d.]+)'/]) {
    const used = beds.map((bed) => key.exec(bed)?.[1])
    expect(used).toEqual([...new Set(used)])
  }
})

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it, test } from 'vitest'
import { ALL_KEYS, keyTables } from './key-table.ts'
import { readTopology } from './read.ts'

const DOCS = new URL('../../docs/topology.md', import.meta.url)
const MARKS = ['<!-- keys: made by core/topology/key-table.test.ts with UPDATE=1 -->', '<!-- end of keys -->'] as const

test('docs/topology.md lists every key of lab files', () => {
  const text = readFileSync(DOCS, 'utf8')
  const [before = '', rest = ''] = text.split(MARKS[0])
  const [, after = ''] = rest.split(MARKS[1])
  const made = `${before}${MARKS[0]}\n\n${keyTables()}\n\n${MARKS[1]}${after}`
  if (process.env.UPDATE === '1') writeFileSync(DOCS, made)
  else expect(text).toBe(made)
})

test('each key has one row in its place, and says something', () => {
  for (const { place, rows } of ALL_KEYS) {
    expect({ place, keys: new Set(rows.map(({ key }) => key)).size }).toEqual({ place, keys: rows.length })
    expect(rows.filter(({ says }) => says === '' || says.includes('|'))).toEqual([])
  }
})

const NODE_ROWS = ALL_KEYS.flatMap(({ place, rows }) => (place === 'a node' ? rows : []))

it.each(NODE_ROWS.filter(({ state }) => state === 'unsupported').map(({ key, says }) => [key, says]))(
  '%s of a node is a warning that says why',
  (key, says) => {
    const text = `name: a\nnodes:\n  r1: {kind: linux, image: x, ${key}: 1}\n`
    const [problem, ...more] = readTopology({ text }).problems
    expect([problem?.severity, problem?.code, more]).toEqual(['warning', 'NOT_SUPPORTED_YET', []])
    expect(problem?.message).toContain(says)
  },
)

it.each(NODE_ROWS.filter(({ state }) => state !== 'unsupported').map(({ key }) => key))(
  '%s of a node is read',
  (key) => {
    const text = `name: a\nnodes:\n  r1: {kind: linux, image: x, ${key}: [[]]}\n`
    expect(readTopology({ text }).problems.filter(({ code }) => code === 'UNKNOWN_KEY')).toEqual([])
    expect(readTopology({ text }).problems).not.toEqual([])
  },
)

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OTHER_KINDS } from '../keys.ts'
import { kindTable } from './kind-table.ts'
import { fillWord, VENDOR_KINDS, VENDOR_NAMES, vendorKind } from './kinds.ts'

const DOCS = new URL('../../../docs/kinds.md', import.meta.url)
const MARKS = [
  '<!-- kinds: made by core/topology/kinds/kind-table.test.ts with UPDATE=1 -->',
  '<!-- end of kinds -->',
] as const

test('docs/kinds.md lists every kind', () => {
  const text = readFileSync(DOCS, 'utf8')
  const [before = '', rest = ''] = text.split(MARKS[0])
  const [, after = ''] = rest.split(MARKS[1])
  const made = `${before}${MARKS[0]}\n\n${kindTable()}\n\n${MARKS[1]}${after}`
  if (process.env.UPDATE === '1') writeFileSync(DOCS, made)
  else expect(text).toBe(made)
})

test('each name is of one kind, and one that containerlab has', () => {
  expect(new Set(VENDOR_NAMES).size).toBe(VENDOR_KINDS.flatMap(({ names }) => names).length)
  for (const kind of VENDOR_KINDS) for (const name of kind.names) expect(vendorKind(name)).toBe(kind)
  const known = new Set([...OTHER_KINDS, ...VENDOR_NAMES.filter((name) => name.startsWith('vr-'))])
  expect(VENDOR_NAMES.filter((name) => !known.has(name))).toEqual([])
})

test('paths and commands are such', () => {
  for (const { names, config, licensePath, boot = [], save, get } of VENDOR_KINDS) {
    for (const path of [config?.path, config?.textPath, licensePath])
      expect({ names, fits: path === undefined || /^\/[a-z0-9/._-]+[a-z0-9]$/i.test(path) }).toEqual({
        names,
        fits: true,
      })
    for (const argv of [...boot.map((one) => one.argv), save, get])
      if (argv !== undefined) expect(argv.length).toBeGreaterThan(0)
    // What cannot be put back is of no use when it is saved.
    expect({ names, isWhole: get === undefined || config !== undefined }).toEqual({ names, isWhole: true })
  }
})

/** What stands before a variable of the shell inside. */
const DOLLAR = '$'

test.each([
  ['--hostname {node}', '--hostname r1'],
  ['{type}', 'big'],
  ['{USER} and {NONE}', "o'x and "],
  ['exec /sbin/init {setenv}', `exec /sbin/init systemd.setenv='USER=o'\\''x' systemd.setenv='B=2'`],
  [`${DOLLAR}{USER} $USER {lower}`, `${DOLLAR}{USER} $USER {lower}`],
])('%s is %s', (word, filled) => {
  expect(fillWord(word, { node: 'r1', type: 'big', env: { USER: "o'x", B: '2' } })).toBe(filled)
})

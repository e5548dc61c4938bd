import { describe, expect, it, test } from 'vitest'
import { ALL_KEYS } from './key-table.ts'
import { readTopology } from './read.ts'
import {
  type Forms,
  KINDS_OF_SCHEMA,
  LINK_FORMS,
  LINK_KEYS_OF_SCHEMA,
  MGMT_FORMS,
  NODE_FORMS,
  TOP_FORMS,
} from './testdata/schema-forms.ts'

const rowsOf = (place: string) => ALL_KEYS.filter((set) => set.place === place).flatMap(({ rows }) => rows)
const rowOf = (place: string, key: string) => rowsOf(place).find((row) => row.key === key)
const pairs = (forms: Forms): readonly (readonly [string, string])[] =>
  Object.entries(forms).flatMap(([key, all]) => all.map((form) => [key, form] as const))

const problemsOf = (text: string) => readTopology({ text, fallbackName: 'a' }).problems
const errorsOf = (text: string) => problemsOf(text).filter(({ severity }) => severity === 'error')

/** What a key makes no sense without. */
const COMPANY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'enforce-startup-config': { 'startup-config': 'a.cfg' },
}

const node = (key: string, form: string): string =>
  [
    'name: a',
    'topology:',
    '  nodes:',
    '    r1:',
    ...Object.entries({ kind: 'linux', image: 'x', ...COMPANY[key], [key]: form }).map(
      ([name, value]) => `      ${name}: ${value}`,
    ),
    '    r2: {kind: linux, image: x}',
  ].join('\n')

/** What is true of the key in its place: no error, and one warning with the words of the table where it is not supported. */
function judge(place: string, key: string, text: string): void {
  const row = rowOf(place, key)
  expect(row, `${key} is in the table of ${place}`).toBeDefined()
  expect(errorsOf(text)).toEqual([])
  if (row?.state !== 'unsupported') return
  const warnings = problemsOf(text).map(({ message }) => message)
  expect(warnings).toEqual([expect.stringContaining(`\`${key}\``)])
  expect(warnings[0]).toContain(row.says)
}

describe("every form of containerlab's schema", () => {
  test.each(pairs(NODE_FORMS))('a node: %s: %s', (key, form) => judge('a node', key, node(key, form)))

  test.each(pairs(NODE_FORMS).filter(([key]) => key !== 'stages'))('the same under `defaults`: %s: %s', (key, form) => {
    const text = `name: a\ntopology:\n  defaults:\n    ${key}: ${form}\n  nodes:\n    r2: {kind: bridge}\n`
    expect(errorsOf(text)).toEqual([])
  })

  test.each(pairs(MGMT_FORMS))('`mgmt`: %s: %s', (key, form) =>
    judge('`mgmt`', key, `name: a\nmgmt: ${form}\ntopology: {nodes: {r1: {kind: bridge}}}\n`),
  )

  test.each(pairs(TOP_FORMS))('the file: %s: %s', (key, form) =>
    judge('the file', key, `${key}: ${form}\ntopology: {nodes: {r1: {kind: bridge}}}\n`),
  )

  test.each(LINK_FORMS)('a link: %s', (form) => {
    const text = `name: a\ntopology:\n  nodes: {r1: {kind: linux, image: x}, r2: {kind: linux, image: x}}\n  links:\n    - ${form}\n`
    expect(errorsOf(text)).toEqual([])
  })

  test.each(Object.entries(LINK_KEYS_OF_SCHEMA))('every key of %s is in the table', (place, keys) => {
    const known = rowsOf(place).map(({ key }) => key)
    expect(keys.filter((key) => !known.includes(key))).toEqual([])
  })

  test.each(KINDS_OF_SCHEMA)('kind %s is known', (kind) => {
    const text = `name: a\ntopology:\n  kinds: {${kind}: {image: y}}\n  nodes: {r1: {kind: ${kind}, image: x}}\n`
    expect(problemsOf(text).filter(({ message }) => message.includes('there is no kind'))).toEqual([])
  })
})

describe('the table and the schema are one', () => {
  it.each([
    ['a node', NODE_FORMS],
    ['`mgmt`', MGMT_FORMS],
    ['the file', TOP_FORMS],
  ] as const)('what the table of %s has and the schema has not is ours', (place, forms) => {
    const ours = rowsOf(place).filter(({ key, says }) => !Object.hasOwn(forms, key) && !says.startsWith('ours:'))
    // `position` is in the source (types/node_definition.go) and not in the schema.
    expect(ours.map(({ key }) => key)).toEqual(
      { 'the file': ['topology'], 'a node': ['position'], '`mgmt`': [] }[place],
    )
  })
})

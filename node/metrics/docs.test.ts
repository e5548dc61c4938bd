import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { METRICS, type MetricSpec } from './names.ts'

const DOCS = new URL('../docs/metrics.md', import.meta.url)
const MARKS = ['<!-- metrics: made by node/metrics/docs.test.ts with UPDATE=1 -->', '<!-- end of metrics -->'] as const

const row = ([name, { type, labels, help }]: readonly [string, MetricSpec]): string =>
  `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${help} |`

test('docs/metrics.md lists every metric', () => {
  const text = readFileSync(DOCS, 'utf8')
  const [before = '', rest = ''] = text.split(MARKS[0])
  const [, after = ''] = rest.split(MARKS[1])
  const rows = ['| metric | type | labels | says |', '| --- | --- | --- | --- |', ...Object.entries(METRICS).map(row)]
  const made = `${before}${MARKS[0]}\n\n${rows.join('\n')}\n\n${MARKS[1]}${after}`
  if (process.env.UPDATE === '1') writeFileSync(DOCS, made)
  else expect(text).toBe(made)
})

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { METRICS, type MetricSpec } from './names.ts'

const OPS = new URL('../../ops/', import.meta.url)
const textOf = (path: string): string => readFileSync(new URL(path, OPS), 'utf8')

const rule = z.object({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const RULES = z
  .object({ groups: z.array(z.object({ rules: z.array(rule) })) })
  .parse(parse(textOf('prometheus/skein.rules.yml')))
  .groups.flatMap(({ rules }) => rules)
const ALERTS = RULES.flatMap(({ alert, annotations = {} }) => (alert === undefined ? [] : [{ alert, annotations }]))

const dashboard = z.object({
  uid: z.string(),
  panels: z.array(z.object({ id: z.number(), title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
})
const BOARDS = readdirSync(new URL('grafana/', OPS)).map((file) => ({
  file,
  ...dashboard.parse(JSON.parse(textOf(`grafana/${file}`))),
}))

const EXPRESSIONS: readonly (readonly [where: string, expr: string])[] = [
  ...RULES.map(({ alert, record, expr }) => [alert ?? record ?? '', expr] as const),
  ...BOARDS.flatMap(({ file, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [`${file}: ${title}`, expr] as const)),
  ),
]

/** Metrics of ours an expression names; those of histograms by their own name. */
const namesIn = (expr: string): readonly string[] =>
  (expr.match(/(?<![\w:])skein_\w+/g) ?? []).map((name) => name.replace(/_(bucket|sum|count)$/, ''))

/** Labels an expression picks by, of one metric. */
const picksIn = (expr: string): readonly (readonly [name: string, label: string])[] =>
  [...expr.matchAll(/(?<![\w:])(skein_\w+)\{([^}]*)\}/g)].flatMap(([, name = '', picks = '']) =>
    [...picks.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => [name, label] as const),
  )

const specOf = (name: string): MetricSpec | undefined => new Map<string, MetricSpec>(Object.entries(METRICS)).get(name)

test.each(EXPRESSIONS)('%s asks for metrics and labels there are', (_where, expr) => {
  expect(namesIn(expr).filter((name) => specOf(name) === undefined)).toEqual([])
  const wrong = picksIn(expr).filter(([name, label]) => {
    const known = specOf(name.replace(/_(bucket|sum|count)$/, ''))?.labels ?? []
    return label !== 'host' && !known.includes(label)
  })
  expect(wrong).toEqual([])
})

test('recorded rules that are asked for are there', () => {
  const recorded = new Set(RULES.map(({ record }) => record))
  const asked = EXPRESSIONS.flatMap(([, expr]) => expr.match(/\w+:skein_\w+:\w+/g) ?? [])
  expect(asked.filter((name) => !recorded.has(name))).toEqual([])
})

describe('each alert', () => {
  const runbook = textOf('runbooks/alerts.md')
  const tests = textOf('prometheus/skein.test.yml')

  it.each(ALERTS)('$alert has a page, and a test in which it comes', ({ alert, annotations }) => {
    expect(runbook).toContain(`\n### ${alert}\n\n`)
    expect(annotations.runbook_url).toBe(`ops/runbooks/alerts.md#${alert.toLowerCase()}`)
    expect(annotations.summary).toMatch(/\S/)
    expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n`))
  })

  it('is the only thing the page is about', () => {
    const pages = [...runbook.matchAll(/^### (.+)$/gm)].map(([, title]) => title)
    expect(pages.toSorted()).toEqual(ALERTS.map(({ alert }) => alert).toSorted())
  })
})

test.each(BOARDS)('$file has panels that say what they show', ({ panels }) => {
  expect(panels.length).toBeGreaterThan(5)
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(panels.filter(({ title, targets }) => title === '' || targets.length === 0)).toEqual([])
})

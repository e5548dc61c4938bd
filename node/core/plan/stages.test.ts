import { describe, expect, it, test } from 'vitest'
import type { NodeName } from '../model/ids.ts'
import type { Stage, StageExec, StageName } from '../model/node-parts.ts'
import { hasEnded, hasWaits, isHealthy, linkStep, openWaits, stageSteps, stagesOver, waitText, walk } from './stages.ts'
import { labNode, sampleLab } from './testdata/lab.ts'
import { workloadSeen } from './testdata/workload.ts'

const exec = (command: string, phase: StageExec['phase'], target: StageExec['target'] = 'container'): StageExec => ({
  argv: [command],
  phase,
  target,
})
const stage = (waits: readonly (readonly [string, StageName])[], ...commands: readonly StageExec[]): Stage => ({
  waitFor: waits.map(([node, over]) => ({ node: node as NodeName, stage: over })),
  exec: commands,
})
const shown = (node: Parameters<typeof stageSteps>[0]): readonly string[] =>
  stageSteps(node).map((step) => {
    if (step.type === 'run') return `${step.target === 'host' ? 'host ' : ''}${step.argv.join(' ')}`
    return step.type === 'until' ? `until ${step.fact}` : `${step.type} ${step.stage}`
  })

const busy = labNode('n', {
  exec: [['ip', 'link']],
  stages: {
    create: stage([['m', 'healthy']], exec('early', 'on-enter', 'host'), exec('made', 'on-exit')),
    'create-links': stage([], exec('bare', 'on-enter'), exec('linked', 'on-exit', 'host')),
    configure: stage([['m', 'exit']], exec('in', 'on-enter'), exec('out', 'on-exit')),
    healthy: stage([], exec('well', 'on-exit')),
  },
})

describe('the steps of a node', () => {
  it('are its stages, their commands, and `exec` after `configure`', () => {
    expect(shown(busy)).toEqual([
      ...['made', 'over create', 'enter create-links', 'bare', 'until linked', 'host linked', 'over create-links'],
      ...['enter configure', 'in', 'out', 'over configure', 'ip link'],
      ...['enter healthy', 'until healthy', 'well', 'over healthy'],
    ])
  })

  it('hold nothing up where nothing is said', () => {
    const node = labNode('n')
    const at = (linked: boolean, healthy = true) =>
      walk({ node, steps: stageSteps(node), from: 0 }, { linked, healthy }, () => false)
    expect(at(true)).toBe(stageSteps(node).length)
    expect(at(false)).toBe(linkStep(stageSteps(node)))
    expect(stagesOver(stageSteps(node), at(false))).toEqual(['create'])
    expect(stagesOver(stageSteps(node), at(true, false))).toEqual(['create', 'create-links', 'configure'])
    expect(stagesOver(stageSteps(node), at(true))).toEqual(['create', 'create-links', 'configure', 'healthy'])
  })

  it('stop at commands, at what is not true yet, and at nodes that are not so far', () => {
    const steps = stageSteps(busy)
    const from = (name: string, facts = { linked: true, healthy: true }, isOver = () => true) =>
      shown(busy)[walk({ node: busy, steps, from: shown(busy).indexOf(name) }, facts, isOver)]
    expect(from('made')).toBe('made')
    expect(from('over create')).toBe('bare')
    expect(from('until linked', { linked: false, healthy: true })).toBe('until linked')
    expect(from('over create-links', undefined, () => false)).toBe('enter configure')
    expect(from('enter healthy', { linked: true, healthy: false })).toBe('until healthy')
  })
})

test('what is waited for is named', () => {
  const open = openWaits(busy, 'create', () => false)
  expect(waitText(busy.name, open)).toBe('n waits for `healthy` of m')
  expect(openWaits(busy, 'create', (node, over) => node === 'm' && over === 'healthy')).toEqual([])
  expect(openWaits(busy, 'healthy', () => false)).toEqual([])
})

test('hosts tell each other how far nodes are only where one waits', () => {
  const calm = labNode('n', { stages: { create: stage([], exec('x', 'on-exit')) } })
  expect([hasWaits(sampleLab('a', [calm], [])), hasWaits(sampleLab('a', [calm, busy], []))]).toEqual([false, true])
})

test.each([
  ['runs', {}, 'running', undefined, false],
  ['ended, to be started again', {}, 'exited', 0, false],
  ['ended for good', { restart: 'no' }, 'exited', 1, true],
  ['ended well', { restart: 'on-failure' }, 'exited', 0, true],
  ['failed', { restart: 'on-failure' }, 'exited', 3, false],
] as const)('%s', (_what, node, state, exitCode, ended) => {
  expect(hasEnded(node, workloadSeen({ state, ...(exitCode === undefined ? {} : { exitCode }) }))).toBe(ended)
})

test.each([
  ['without a check', undefined, undefined, true],
  ['with none', ['NONE'], undefined, true],
  ['before the first check', ['CMD', 'x'], 'starting', false],
  ['when it passes', ['CMD', 'x'], 'healthy', true],
  ['when it fails', ['CMD', 'x'], 'unhealthy', false],
] as const)('healthy %s', (_when, check, health, healthy) => {
  const node = labNode('n', check === undefined ? {} : { healthcheck: { test: check } })
  expect(isHealthy(node, workloadSeen(health === undefined ? {} : { health }))).toBe(healthy)
})

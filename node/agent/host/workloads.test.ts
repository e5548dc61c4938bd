import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { assignmentDraft, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { Workloads, type WorkloadsOptions } from './workloads.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const intent = labSample({ name: 'one', nodes: { r1: {}, r2: {} } })
const running: Workload = {
  kind: 'workload',
  id: workloadId('one' as LabName, 'r1' as NodeName),
  needs: [],
  provider: 'docker',
  lab: 'one' as LabName,
  node: 'r1' as NodeName,
  containerName: 'clab-one-r1',
  spec: { image: 'alpine', hostname: 'r1', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
  containerId: 'c1',
}

/** Host a, which knows that r1 is here and r2 on b. */
const setup = (request: WorkloadsOptions['request'] = () => Promise.reject(new Error('not asked'))) => {
  const bench = new EngineBench({ hosts: [a, b] })
  const draft = intentDraft(intent, a)
  bench.hear(draft, a)
  bench.hear(assignmentDraft(draft, { r1: a.id, r2: b.id }), a)
  const ran: string[] = []
  const workloads = new Workloads({
    engine: bench.engine,
    execIn: async (container, argv, stdin) => {
      ran.push(`${container}: ${[...argv, ...(stdin === undefined ? [] : ['<', Buffer.from(stdin)])].join(' ')}`)
      return { exitCode: 7, stdout: 'out', stderr: 'err' }
    },
    request,
  })
  return { workloads, ran }
}

describe('exec', () => {
  test('runs in the container of a node that is here, as it was last seen', async () => {
    const { workloads, ran } = setup()
    workloads.saw([running])
    expect(await workloads.exec('one', 'r1', ['ip', 'a'])).toEqual({
      exitCode: 7,
      stdout: 'out',
      stderr: 'err',
      host: 'a',
    })
    workloads.saw([{ ...running, containerId: 'c2' }])
    await workloads.exec('one', 'r1', ['id'])
    expect(ran).toEqual(['c1: ip a', 'c2: id'])
  })

  test('goes to the host that has the node', async () => {
    const asked: unknown[] = []
    const { workloads, ran } = setup(async (...what) => {
      asked.push(what)
      return { exitCode: 0, stdout: 'there', stderr: '', host: 'b' }
    })
    expect(await workloads.exec('one', 'r2', ['id'])).toMatchObject({ stdout: 'there', host: 'b' })
    expect(asked).toEqual([[b.id, 'exec', { lab: 'one', node: 'r2', argv: ['id'] }, 600_000]])
    expect(ran).toEqual([])
  })

  test('takes what the command reads with it, by a name that no older version takes for a command without', async () => {
    const asked: unknown[] = []
    const { workloads, ran } = setup(async (...what) => {
      asked.push(what)
      return { exitCode: 0, stdout: 'there', stderr: '', host: 'b' }
    })
    workloads.saw([running])
    const stdin = Buffer.from('größe')
    await workloads.exec('one', 'r1', ['cat'], { stdin })
    expect(ran).toEqual(['c1: cat < größe'])
    await workloads.exec('one', 'r2', ['cat'], { stdin })
    const body = { lab: 'one', node: 'r2', argv: ['cat'], stdinBase64: stdin.toString('base64') }
    expect(asked).toEqual([[b.id, 'exec-input', body, 600_000]])
  })

  test.each([
    ['a lab nobody has', 'two', 'r1', 'no running lab named two'],
    ['a node the lab has not', 'one', 'r9', 'no node r9 that runs; it has r1, r2'],
    ['a node with a name every object has', 'one', 'constructor', 'no node constructor that runs; it has r1, r2'],
  ])('%s is not found', async (_, lab, node, message) => {
    const { workloads } = setup()
    workloads.saw([running])
    await expect(workloads.exec(lab, node, ['id'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(message),
    })
  })

  test.each([
    ['was not seen', []],
    ['has stopped', [{ ...running, state: 'exited' as const }]],
  ])('a node that %s runs nothing', async (_, seen) => {
    const { workloads, ran } = setup()
    workloads.saw(seen)
    await expect(workloads.exec('one', 'r1', ['id'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'node r1 of lab one is not running on a now',
    })
    expect(ran).toEqual([])
  })
})

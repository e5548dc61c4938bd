import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentPort } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { DiffShape, PlanShape, RevisionRow, RevisionShape, SubmittedShape } from './lab-shapes.ts'
import { changesText } from './plan-text.ts'

type Answered<Method extends keyof AgentPort> = Awaited<
  ReturnType<Extract<AgentPort[Method], (...ask: never) => unknown>>
>

it('has the shapes of the agent', () => {
  const take = (
    ...views: [Answered<'revisions'>, Answered<'revision'>, Answered<'diffRevisions'>, Answered<'plan'>]
  ) => {
    const shapes: [readonly RevisionRow[], RevisionShape, DiffShape, PlanShape] = views
    return shapes
  }
  const submitted = (view: Answered<'submit'>): Omit<SubmittedShape, 'lab'> => view
  expect([take, submitted]).toHaveLength(2)
})

const one = (image: string): string => `name: one\ntopology:\n  nodes:\n    r1: { kind: linux, image: ${image} }\n`

describe('the history of a lab', () => {
  let world: CliWorld
  const up = async (image: string, ...args: readonly string[]) => {
    await writeFile(join(world.folder, 'one.clab.yml'), one(image))
    return world.run(['lab', 'up', 'one.clab.yml', '--detach', ...args])
  }
  beforeEach(async () => {
    world = await createCliWorld()
  })
  afterEach(() => world[Symbol.asyncDispose]())

  it('is listed newest first, with names, messages and what counts now', async () => {
    expect(await up('frr:10', '-m', 'the first', '--revision-name', 'base')).toMatchObject({
      code: 0,
      out: 'lab one submitted, generation 1: 1 node to make; look with: skein lab show one\n',
    })
    await up('frr:11')
    const { code, out } = await world.run(['lab', 'history', 'one'])
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'REV | NAME | AGE | HOST | NODES | LINKS | FILES | MESSAGE',
      '2 * | - | 2m | a | 1 | 0 | 0 | -',
      '1 | base | 2m | a | 1 | 0 | 0 | the first',
      '',
    ])
    expect(JSON.parse((await world.run(['lab', 'history', 'one', '--json'])).out)).toMatchObject([
      { revision: 1, name: 'base' },
      { revision: 2, isCurrent: true },
    ])
  })

  it('shows a state as it was written, and exports the newest', async () => {
    await up('frr:10', '-m', 'the first')
    await up('frr:11')
    expect((await world.run(['lab', 'history', 'one', '1'])).out).toBe(
      `# revision 1, 2026-11-19T23:58:00.000Z, taken by a\n# the first\n# one.clab.yml\n${one('frr:10')}`,
    )
    expect((await world.run(['lab', 'export', 'one'])).out).toBe(one('frr:11'))
    expect(JSON.parse((await world.run(['lab', 'export', 'one', '--json'])).out)).toMatchObject({ revision: 2 })
  })

  it('tells what differs, goes back, and says where there is no such state', async () => {
    await up('frr:10')
    await up('frr:11')
    expect((await world.run(['lab', 'diff', 'one', '1'])).out).toMatch(
      /^lab one: revision 1 → 2\n\n[^\n]*\n~ +node +r1 +image frr:10 → frr:11\n$/,
    )
    expect((await world.run(['lab', 'diff', 'one', '1', '1'])).out).toContain('no difference')
    const back = await world.run(['lab', 'rollback', 'one', '1', '--detach', '--json', '-m', 'it was slow'])
    expect(JSON.parse(back.out)).toMatchObject({ lab: 'one', generation: 3, changes: { nodes: { create: 1 } } })
    expect(world.agent.history.get('one')?.at(-1)).toMatchObject({ message: 'it was slow', topology: one('frr:10') })
    expect(await world.run(['lab', 'rollback', 'one', '9', '--detach'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no revision 9'),
    })
    expect(await world.run(['lab', 'diff', 'one', 'not a name'])).toMatchObject({ code: 2 })
    expect(await world.run(['lab', 'up', 'one.clab.yml', '--revision-name', '3'])).toMatchObject({ code: 2 })
  })

  it('lab up says what changes, before and after', async () => {
    await writeFile(join(world.folder, 'one.clab.yml'), one('frr:10'))
    const onWait = () => world.agent.bringUp('one')
    const { code, out, err } = await world.run(['lab', 'up', 'one.clab.yml'], { onWait })
    expect(code).toBe(0)
    expect(err).toContain('lab one, generation 1: 1 node to make\n')
    expect(out).toMatch(/\n1 node made\n$/)
  })

  it('the commands of a plan are shown host by host', async () => {
    await writeFile(join(world.folder, 'one.clab.yml'), one('frr:10'))
    const ops = [{ op: 'create', what: 'container clab-one-r1', reason: 'missing' }]
    const argv = ['ip', 'link', 'set', 'dev', "it's", 'netns', '<pid:r1>']
    world.agent.commands = [
      {
        host: 'a',
        rounds: [
          [
            {
              ops,
              commands: [
                { argv, stdin: 'one\ntwo\n' },
                { request: 'POST /x', body: '{}' },
              ],
            },
          ],
        ],
      },
      { host: 'b', rounds: [] },
      { host: 'c', rounds: [], unreachable: 'it is down' },
    ]
    const { out } = await world.run(['lab', 'plan', 'one.clab.yml', '--commands'])
    expect(out.slice(out.indexOf('\na\n'))).toBe(
      [
        '\na',
        '  round 1',
        '    # create container clab-one-r1: missing',
        "    ip link set dev 'it'\\''s' netns <pid:r1>",
        '      < one',
        '      < two',
        '    POST /x',
        '      {}',
        '\nb: nothing to run',
        '\nc: cannot be asked: it is down\n',
      ].join('\n'),
    )
    expect((await world.run(['lab', 'plan', 'one.clab.yml'])).out).not.toContain('round')
  })
})

describe('what changes, in one line', () => {
  it.each([
    [
      { create: 2, recreate: 1, keep: 12 },
      { keep: 14 },
      {},
      '2 nodes made, 1 recreated, 12 untouched; 14 links untouched',
    ],
    [
      { keep: 1 },
      { create: 1, change: 2, remove: 1 },
      { keep: 3 },
      '1 node untouched; 1 link made, 2 changed, 1 removed',
    ],
    [{ move: 1 }, {}, { change: 1 }, '1 node moved; 1 file changed'],
  ])('%j %j %j', (nodes, links, files, text) => expect(changesText({ nodes, links, files }, 'done')).toBe(text))
})

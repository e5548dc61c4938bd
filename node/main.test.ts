import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const MAIN = new URL('./main.ts', import.meta.url).pathname
const TOPOLOGY = 'name: one\ntopology: { nodes: { a: { kind: linux, image: alpine } } }\n'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  await writeFile(join(world.folder, 'one.clab.yml'), TOPOLOGY)
})
afterEach(() => world[Symbol.asyncDispose]())

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the program itself; `onErr` sees what it wrote to standard error so far. */
function skein(
  args: readonly string[],
  { stdin = '', onErr }: { stdin?: string; onErr?: (err: string, child: ChildProcess) => void } = {},
) {
  return new Promise<Ended>((resolve) => {
    const env = { SKEIN_SOCKET: world.socket }
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: world.folder, env })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
      onErr?.(err, child)
    })
    child.once('close', (code) => resolve({ code, out, err }))
    child.stdin.end(stdin)
  })
}

describe('the program', () => {
  it('prints its version, and nothing else', async () => {
    expect(await skein(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' })
  })

  it('asks the agent over its socket', async () => {
    const { code, out, err } = await skein(['host', 'ls', '--json'])
    expect({ code, err, hosts: JSON.parse(out) }).toEqual({ code: 0, err: '', hosts: world.agent.hosts() })
  })

  it('reads standard input', async () => {
    expect(await skein(['lab', 'validate', '-'], { stdin: TOPOLOGY })).toEqual({
      code: 0,
      out: 'stdin: valid: lab one, 1 node, 0 links\n',
      err: '',
    })
  })

  it('ends with 2 on bad usage and 3 without an agent', async () => {
    expect(await skein(['host', 'list'])).toMatchObject({ code: 2 })
    await world.stopApi()
    expect(await skein(['host', 'ls'])).toMatchObject({ code: 3 })
  })

  it('ends with 130 on Ctrl-C, and leaves the lab coming up', async () => {
    world.agent.submit = async (intent) => {
      const [node] = intent.nodes
      world.agent.views.set(intent.name, {
        name: intent.name,
        state: 'creating',
        generation: 1,
        nodes:
          node === undefined
            ? []
            : [{ name: node.name, kind: 'linux', host: 'a', state: 'creating', image: node.image }],
        links: [],
        notes: [],
      })
      return { generation: 1, changes: null }
    }
    const onErr = (err: string, child: ChildProcess) => void (err === 'node a creating on a\n' && child.kill('SIGINT'))
    const { code, err } = await skein(['lab', 'up', '.'], { onErr })
    expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining('Lab one goes on converging') })
    expect(world.agent.views.has('one')).toBe(true)
  })
})

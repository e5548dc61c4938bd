import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Book } from '#core/engine/book.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { LabNode } from '#core/model/lab.ts'
import { createLogger } from '#platform/log.ts'
import { memoryStore } from '#store/memory-store.ts'
import { labNodeSample, labSample } from '#testing/lab-samples.ts'
import { StartFiles } from './start-files.ts'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const JSON_TEXT = '\n {"system": {}}\n'
const CLI_TEXT = 'set / system name host-name {{ .ShortName }}\n'
const node: LabNode = {
  ...labNodeSample('r1'),
  startupConfig: 'r1.cfg',
  software: {
    kind: 'srl',
    config: { path: '/etc/opt/config.json', textPath: '/tmp/startup.cli', mode: 0o600, gid: 5 },
  },
}
const lab = (text: string): ActiveLab => ({
  intent: {
    ...labSample({ name: 'one', nodes: {}, files: [{ path: 'r1.cfg', sha256: sha(text), sizeBytes: 1, mode: 0o644 }] }),
    nodes: [node],
  },
  assignment: {} as unknown as ActiveLab['assignment'],
})

describe('what a node starts with', () => {
  let folder: string
  let changes: number
  let files: StartFiles
  const at = (): string => join(folder, 'one/start/r1.tar')
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-start-'))
    changes = 0
    files = new StartFiles({
      engine: { book: new Book() },
      store: await memoryStore(),
      log: createLogger({ level: 'silent' }),
      peers: () => ['H2' as never],
      fetch: async (_, digest) => {
        const text = [JSON_TEXT, CLI_TEXT].find((one) => sha(one) === digest)
        return text === undefined ? null : Buffer.from(text).toString('base64')
      },
      folder: (name) => join(folder, name),
      changed: () => {
        changes += 1
      },
    })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const made = async (active: ActiveLab): Promise<string> => {
    await expect.poll(() => files.isReady(active, node)).toBe(true)
    return readFile(at(), 'utf8')
  }

  test('is fetched from a peer and laid ready where only its owner reads it', async () => {
    expect(files.isReady(lab(JSON_TEXT), node)).toBe(false)
    const archive = await made(lab(JSON_TEXT))
    expect(archive).toMatch(/^etc\/opt\/config\.json\0/)
    expect(archive).toContain(JSON_TEXT)
    expect((await stat(at())).mode & 0o777).toBe(0o600)
    expect(changes).toBe(1)
  })

  test('text that is no JSON goes where text goes, its templates filled in; another content is made anew', async () => {
    await made(lab(JSON_TEXT))
    expect(files.isReady(lab(CLI_TEXT), node)).toBe(false)
    const archive = await made(lab(CLI_TEXT))
    expect(archive).toMatch(/^tmp\/startup\.cli\0/)
    expect(archive).toContain('host-name r1\n')
  })

  test('that nobody has holds the node up, and is told', async () => {
    const active = lab('lost')
    expect(files.isReady(active, node)).toBe(false)
    await expect
      .poll(() => files.missing(active, node))
      .toMatch(/^the configuration that belongs at \/etc\/opt\/config\.json .* is on no host/)
    expect(files.isReady(active, node)).toBe(false)
  })

  test('a node of which nobody knows where its configuration is waits for nothing', () => {
    expect(files.isReady(lab('lost'), labNodeSample('r1'))).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { type Chunk, weigh, weightLines } from './budget.ts'

const chunk = (fileName: string, more: Partial<Chunk> = {}): Chunk => ({
  fileName,
  code: fileName.repeat(100),
  isEntry: false,
  imports: [],
  dynamicImports: [],
  ...more,
})

describe('weights of a build', () => {
  const build = [
    chunk('main.js', { isEntry: true, imports: ['preact.js'], dynamicImports: ['topology.js'] }),
    chunk('preact.js', { imports: ['main.js'] }),
    chunk('topology.js', { imports: ['preact.js', 'cytoscape.js'] }),
    chunk('cytoscape.js'),
  ]

  it('count what the first screen needs, and nothing that comes later', () => {
    const { files, first } = weigh(build)
    expect(
      files
        .filter(({ isFirst }) => isFirst)
        .map(({ fileName }) => fileName)
        .sort(),
    ).toEqual(['main.js', 'preact.js'])
    expect(first).toBe(files.filter(({ isFirst }) => isFirst).reduce((sum, { bytes }) => sum + bytes, 0))
  })

  it('are told heaviest first', () => {
    const lines = weightLines(
      weigh([chunk('small.js', { isEntry: true }), chunk('large.js', { code: `${String(Math.PI).repeat(9)}xyz` })]),
    )
    expect(lines).toHaveLength(3)
    expect(lines.at(-1)).toMatch(/before the first screen \(at most 60 KiB\)/)
  })
})

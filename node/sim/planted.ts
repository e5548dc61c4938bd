import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HardState, Persisted, RaftEffect } from '#core/consensus/types.ts'
import { Disk } from './disk.ts'
import { type Parts, REAL_PARTS } from './world.ts'

// Bugs put in on purpose, to see that the checker finds them. The product has no switches for them: bugs of the core are made by changing one
// place of a copy of its source.

const CORE = join(import.meta.dirname, '..', 'core')

/** One place of a file of `core/consensus/`, which must be there exactly once. */
export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The real parts, but for the consensus, which has `edit` in it. Throws where the place to edit is not found. */
export async function withEdit({ file, find, replace }: Edit): Promise<Parts> {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'))
  try {
    cpSync(join(CORE, 'consensus'), join(folder, 'core/consensus'), { recursive: true })
    cpSync(join(CORE, 'model'), join(folder, 'core/model'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports: { '#core/*': './core/*' } }))
    const path = join(folder, 'core/consensus', file)
    const source = readFileSync(path, 'utf8')
    if (source.split(find).length !== 2)
      throw new Error(`'${find}' stands not once in ${file}; change the planted bug along with the code`)
    writeFileSync(
      path,
      source.replace(find, () => replace),
    )
    const module: typeof import('#core/consensus/raft.ts') = await import(
      /* @vite-ignore */ pathToFileURL(join(folder, 'core/consensus/raft.ts')).href
    )
    return { ...REAL_PARTS, createRaft: (options) => new module.Raft(options) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

class ForgetfulDisk extends Disk {
  override read(): Persisted {
    const persisted = super.read()
    const hard: HardState = { term: persisted.hard.term, votedFor: null }
    return { ...persisted, hard }
  }
}

/** A store that keeps the term but not the vote. */
export const FORGETS_VOTE: Parts = { ...REAL_PARTS, createDisk: (snapshot) => new ForgetfulDisk(snapshot) }

/** A driver that sends first and keeps afterwards. */
export const SENDS_FIRST: Parts = {
  ...REAL_PARTS,
  arrange: (effects) => {
    const isPersist = (effect: RaftEffect): boolean => effect.type === 'persist'
    return [...effects.filter((effect) => !isPersist(effect)), ...effects.filter(isPersist)]
  },
}

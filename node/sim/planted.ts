import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HardState, Persisted, RaftEffect } from '#core/consensus/types.ts'
import { Disk } from './disk.ts'
import { type Parts, REAL_PARTS } from './setup.ts'

// Bugs put in on purpose, to see that the checker finds them. The product has no switches for them: bugs of the core are made by changing one
// place of a copy of its source.

const CORE = join(import.meta.dirname, '..', 'core')
const PACKAGES = join(import.meta.dirname, '..', '..', 'node_modules')

/** One place of a file of `core/`, which must be there exactly once. */
export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The real parts, but for consensus and state machine, which have `edit` in them. Throws where the place to edit is not found. */
export async function withEdit({ file, find, replace }: Edit): Promise<Parts> {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'))
  try {
    cpSync(CORE, join(folder, 'core'), { recursive: true })
    symlinkSync(PACKAGES, join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports: { '#core/*': './core/*' } }))
    const path = join(folder, 'core', file)
    const source = readFileSync(path, 'utf8')
    if (source.split(find).length !== 2)
      throw new Error(`'${find}' stands not once in ${file}; change the planted bug along with the code`)
    writeFileSync(
      path,
      source.replace(find, () => replace),
    )
    return await partsOf(join(folder, 'core'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function partsOf(core: string): Promise<Parts> {
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(core, file)).href)
  const raft: typeof import('#core/consensus/raft.ts') = await load('consensus/raft.ts')
  const machine: typeof import('#core/state/machine.ts') = await load('state/machine.ts')
  const snapshot: typeof import('#core/state/snapshot.ts') = await load('state/snapshot.ts')
  const recovery: typeof import('#core/state/recover.ts') = await load('state/recover.ts')
  const { initialState, apply } = machine
  const { encodeState, decodeState } = snapshot
  const mesh = { initialState, apply, encodeState, decodeState, recoverState: recovery.recoverState }
  return { ...REAL_PARTS, createRaft: (options) => new raft.Raft(options), mesh }
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

/** Hosts that listen to every epoch. */
export const HEARS_OLD_EPOCHS: Parts = { ...REAL_PARTS, hears: () => true }

/** Hosts that answer from what they happen to know. */
export const LISTS_ITS_OWN: Parts = { ...REAL_PARTS, listsItsOwn: true }

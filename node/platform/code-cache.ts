import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Keeps what Node.js made of our source files, types taken out and compiled, from one start to the next (`node:module`, "Module compile
 * cache"). To be called before anything else is imported. Where the folder cannot be written all works as without, and slower.
 */
export const keepCompiledCode = (): void => {
  enableCompileCache(codeFolder(process.getuid?.() ?? -1, homedir()))
}

/** Who can write it says what runs: so never a folder that all share. */
export const codeFolder = (uid: number, home: string): string =>
  uid === 0 ? '/var/cache/skein/code' : join(home, '.cache', 'skein', 'code')

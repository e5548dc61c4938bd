import { readdir, readFile } from 'node:fs/promises'

/** A process with a mark in its environment. */
export interface Marked {
  readonly pid: number
  /** The whole value. */
  readonly mark: string
}

/** Processes looked at at once. */
const AT_ONCE = 32

/** Processes of this machine whose environment has `name` with a value that begins with `<owner>/`. */
export const listMarked = async (name: string, owner: string): Promise<readonly Marked[]> => {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const found: Marked[] = []
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    const looked = await Promise.all(pids.slice(at, at + AT_ONCE).map((pid) => markOf(pid, name, owner)))
    found.push(...looked.filter((marked) => marked !== undefined))
  }
  return found
}

/**
 * Kills those of {@link listMarked} whose mark `keep` does not want, and resolves with how many. Each is looked at again right
 * before, so that no other process with the same number dies for it.
 */
export const killMarked = async (name: string, owner: string, keep: (mark: string) => boolean): Promise<number> => {
  let killed = 0
  for (const { pid, mark } of await listMarked(name, owner)) {
    if (keep(mark)) continue
    const startedAt = await startOf(pid)
    const again = await markOf(pid, name, owner)
    if (startedAt === undefined || again?.mark !== mark || (await startOf(pid)) !== startedAt) continue
    if (kill(pid)) killed += 1
  }
  return killed
}

const markOf = async (pid: number, name: string, owner: string): Promise<Marked | undefined> => {
  // It may have ended, or belong to somebody whose environment is not ours to read.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  const start = `${name}=${owner}/`
  const entry = environment.split('\0').find((text) => text.startsWith(start))
  return entry === undefined || pid === process.pid ? undefined : { pid, mark: entry.slice(name.length + 1) }
}

/** Ticks from the start of the machine to that of the process: field 22 of proc_pid_stat(5), the name before it may hold anything. */
const startOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(19)
}

const kill = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

import { MeshError } from '#core/model/errors.ts'
import type { Outlet } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { Driver } from '../driver.ts'
import { probeTools } from '../tool-output.ts'
import { outletSteps, TABLE } from './commands.ts'
import { parseTable } from './parse.ts'

/** The way out of this host for management networks: a table of nftables, and forwarding by the kernel. */
export const createOutletDriver = (): Driver<Outlet> => ({
  name: 'outlet',
  owns: (resource): resource is Outlet => resource.kind === 'outlet',
  probe: (exec) => probeTools(exec, [{ file: 'nft', args: ['--version'] }]),
  observe,
  steps: outletSteps,
})

const observe = async (exec: Exec): Promise<readonly Outlet[]> => {
  const [table, forwards] = await Promise.all([
    readTable(exec),
    exec.run({ file: 'cat', args: ['/proc/sys/net/ipv4/ip_forward'] }),
  ])
  return table === undefined ? [] : parseTable(table, forwards.stdout.trim() === '1')
}

/** Undefined where it is not there, or nothing is that could hold it: making it says so. */
const readTable = async (exec: Exec): Promise<string | undefined> => {
  try {
    const { code, stdout } = await exec.run({ file: 'nft', args: ['-j', 'list', 'table', ...TABLE], okCodes: [0, 1] })
    return code === 0 ? stdout : undefined
  } catch (error) {
    if (error instanceof MeshError && error.code === 'TOOL_MISSING') return undefined
    throw error
  }
}

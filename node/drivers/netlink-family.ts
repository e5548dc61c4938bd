import { MeshError } from '#core/model/errors.ts'
import type { Exec } from '#platform/exec.ts'

/**
 * Whether the kernel has a generic netlink family, which tells that it has the feature behind it: `ovs_datapath`,
 * `wireguard`. Asking by genl(8) also loads the module where there is one; without genl only a loaded `module` counts.
 */
export const hasNetlinkFamily = async (exec: Exec, of: { family: string; module: string }): Promise<boolean> => {
  const code = async (file: string, args: readonly string[]): Promise<number> =>
    (await exec.run({ file, args, okCodes: [0, 1, 2, 255] })).code
  try {
    return (await code('genl', ['ctrl', 'get', 'name', of.family])) === 0
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'TOOL_MISSING') throw error
    return (await code('test', ['-d', `/sys/module/${of.module}`])) === 0
  }
}

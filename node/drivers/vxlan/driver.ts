import type { Vtep } from '#core/model/resource.ts'
import type { Driver } from '../driver.ts'
import { probeTools } from '../tool-output.ts'
import { vtepSteps } from './commands.ts'
import { parseFloodLists, parseVteps } from './parse.ts'

/** Kernel VXLAN devices with a flood list, by iproute2. */
export const createVxlanDriver = (): Driver<Vtep> => ({
  name: 'vxlan',
  owns: (resource): resource is Vtep => resource.kind === 'vtep',
  probe: (exec) =>
    probeTools(exec, [
      { file: 'ip', args: ['-V'] },
      { file: 'bridge', args: ['-V'] },
    ]),
  observe: async (exec) => {
    const [links, fdb] = await Promise.all([
      exec.run({ file: 'ip', args: ['-j', '-d', 'link', 'show', 'type', 'vxlan'] }),
      exec.run({ file: 'bridge', args: ['-j', 'fdb', 'show'] }),
    ])
    return parseVteps(links.stdout, parseFloodLists(fdb.stdout))
  },
  steps: vtepSteps,
})

import type { Vtep } from '#core/model/resource.ts'
import type { Driver, Source, Watch } from '../driver.ts'
import { LINK_SOURCE } from '../link-source.ts'
import { isOwnDevice } from '../owner-mark.ts'
import { probeTools } from '../tool-output.ts'
import { FLOOD_MAC, vtepSteps } from './commands.ts'
import { parseFloodLists, parseVteps } from './parse.ts'

/** Kernel VXLAN devices with a flood list, by iproute2. */
export const createVxlanDriver = (): Driver<Vtep> & Watch => ({
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
  sources: () => [LINK_SOURCE, FLOOD_SOURCE],
})

/** `00:00:00:00:00:00 dev skv1 dst 10.9.9.9 self permanent`, after `Deleted ` where it goes; of learned addresses there are many. */
const FLOOD_SOURCE: Source = {
  type: 'stream',
  name: 'flood-lists',
  command: { file: 'bridge', args: ['monitor', 'fdb'] },
  tells: (line) => {
    const [mac, , device] = line.replace(/^Deleted /, '').split(' ')
    return mac === FLOOD_MAC && isOwnDevice(device ?? '')
  },
}

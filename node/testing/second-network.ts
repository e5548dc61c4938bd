import type { Testbed } from './testbed.ts'

/** Gives each host its address on the second network, by its configuration; before it bootstraps or joins. */
export const useSecondNetwork = async (bed: Testbed): Promise<void> => {
  for (const host of bed.hosts) {
    await bed.run(host, ['mkdir', '-p', '/etc/skein'])
    const stdin = `secondary-address: ${bed.address(host, 2)}\n`
    await bed.run(host, ['tee', '/etc/skein/config.yaml'], { stdin })
  }
}

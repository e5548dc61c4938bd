import { readFile } from 'node:fs/promises'
import type { AgentPort } from '#agent/port.ts'
import type { NetworkOptions } from '#api/network.ts'
import type { Config } from '#config/config.ts'

/** Where the API of this host is on the network, by its configuration. */
export function networkOf(
  { apiListen: address, apiPort: port, apiTls, apiTlsCert, apiTlsKey }: Config,
  agent: Pick<AgentPort, 'access'>,
  onTrouble: (error: unknown) => void,
): NetworkOptions {
  const base = { address, port, onTrouble }
  if (apiTls === 'off') return base
  if (apiTls === 'mesh') return { ...base, certificate: () => agent.access.certificate() }
  // Read again and again: whoever renews the files needs not restart the agent.
  const read = async () => {
    const [certificate, key] = await Promise.all([readFile(apiTlsCert, 'utf8'), readFile(apiTlsKey, 'utf8')])
    return { certificate, key }
  }
  return { ...base, certificate: read }
}

import { readFileSync } from 'node:fs'
import { badUsage } from './failures.ts'
import type { Target } from './target.ts'

export interface RemoteSettings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly dataDir: string | undefined
}

/** FHS 3.0 §5.8, as the configuration of a host has it. */
const DATA_DIR = '/var/lib/skein'

/**
 * An agent on the network with what it takes to speak to it: `SKEIN_TOKEN`, and whom to believe. That is the authority in the file
 * `SKEIN_CA`, or the one of the mesh this host is of, or those of the system. Bad usage where that file cannot be read, and where a token
 * would cross the network in the open.
 */
export function withSecrets(target: Target, { env, dataDir }: RemoteSettings): Target {
  if (target.type === 'socket') return target
  const token = env.SKEIN_TOKEN ?? ''
  if (target.tls === undefined && token !== '' && !/^(?:127\.|::1$|localhost$)/.test(target.host))
    throw badUsage(`${target.origin} would be sent SKEIN_TOKEN in the open`, 'Write https:// in place of http://.')
  const ca =
    target.tls === undefined ? undefined : authority(env.SKEIN_CA ?? '', dataDir ?? (env.SKEIN_DATA_DIR || DATA_DIR))
  return {
    ...target,
    ...(token === '' ? {} : { token }),
    ...(target.tls === undefined ? {} : { tls: ca === undefined ? {} : { ca } }),
  }
}

function authority(file: string, dataDir: string): string | undefined {
  try {
    return readFileSync(file === '' ? `${dataDir}/identity/ca.crt` : file, 'utf8')
  } catch (error) {
    if (file === '') return undefined
    throw badUsage(
      `SKEIN_CA cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Name a PEM file.',
    )
  }
}

/** What a connection to that agent takes: the token as a header, and whom to believe. */
export function secretsOf(target: Target): {
  readonly headers?: Readonly<Record<string, string>>
  readonly ca?: string
} {
  if (target.type === 'socket') return {}
  const { token, tls } = target
  return {
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
  }
}

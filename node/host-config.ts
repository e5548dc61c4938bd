import type { HostOptions } from '#cli/index.ts'
import { type Config, loadConfig } from '#config/config.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** The configuration of this host as its command line was given. Throws BAD_INPUT with every problem. */
export const configOf = ({ configFile, dataDir, socket, env }: HostOptions & { env: Env }): Config =>
  loadConfig({ ...(configFile === undefined ? {} : { file: configFile }), env, flags: { dataDir, socket } })

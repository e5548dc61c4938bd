import { stat } from 'node:fs/promises'
import type { Config } from '#config/config.ts'
import { MeshError } from '#core/model/errors.ts'

/** One thing that is fit for trying out only, and what to do about it. */
interface Weakness {
  /** A setting, a variable or a path. */
  readonly path: string
  readonly message: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Throws BAD_INPUT with all that is weak where the configuration says `env: production`; does nothing elsewhere. */
export async function checkProduction(config: Config, env: Env): Promise<void> {
  if (config.env !== 'production') return
  const problems = [...weakSettings(config, env), ...(await openFiles(config))]
  if (problems.length === 0) return
  const lines = problems.map(({ path, message }) => `${path}: ${message}`)
  const message = `env is production, and the agent does not start like this:\n${lines.join('\n')}`
  throw new MeshError('BAD_INPUT', message, { problems })
}

function weakSettings({ apiTls, logLevel }: Config, env: Env): readonly Weakness[] {
  return [
    ...only(apiTls === 'off', 'api-tls', 'is off: passwords would cross the network in the open; set mesh or files'),
    ...only(
      /^(?:debug|trace)$/.test(logLevel),
      'log-level',
      `is ${logLevel}: the log tells more than anybody needs; set info`,
    ),
    ...['SKEIN_TOKEN', 'SKEIN_PASSWORD'].flatMap((name) =>
      only(
        (env[name] ?? '') !== '',
        name,
        'is a secret in the environment of the agent, which does not need it; unset it',
      ),
    ),
    ...only((env.NODE_OPTIONS ?? '').includes('inspect'), 'NODE_OPTIONS', 'opens the debugger of the agent; unset it'),
    ...only(
      env.NODE_TLS_REJECT_UNAUTHORIZED === '0',
      'NODE_TLS_REJECT_UNAUTHORIZED',
      'lets anybody pose as another; unset it',
    ),
  ]
}

/** Secrets that others on this host can read. */
async function openFiles({ dataDir, apiTls, apiTlsKey }: Config): Promise<readonly Weakness[]> {
  const secrets = [
    `${dataDir}/identity`,
    `${dataDir}/identity/host.key`,
    `${dataDir}/identity/ca.key`,
    `${dataDir}/identity/api.key`,
    ...(apiTls === 'files' ? [apiTlsKey] : []),
  ]
  const found = await Promise.all(secrets.map(async (path) => ({ path, mode: await modeOf(path) })))
  return found.flatMap(({ path, mode }) =>
    only(mode !== undefined && (mode & 0o077) !== 0, path, `others on this host may use it; run chmod go= ${path}`),
  )
}

const modeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mode }) => mode,
    () => undefined,
  )

const only = (isSo: boolean, path: string, message: string): readonly Weakness[] => (isSo ? [{ path, message }] : [])

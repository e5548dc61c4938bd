import type { Exec } from '#platform/exec.ts'

/** A registry that says nothing for so long is taken for one that cannot be reached. */
const TIMEOUT_MS = 8_000

/** Whether the engine's registry has an image, by `GET /distribution/{name}/json` of its API (1.30); nothing is fetched. Never rejects. */
export const canFetchImage = (exec: Exec, socket: string, image: string): Promise<boolean> => {
  const path = `/distribution/${image.split('/').map(encodeURIComponent).join('/')}/json`
  return exec.run({ socket, method: 'GET', path, timeoutMs: TIMEOUT_MS }).then(
    () => true,
    () => false,
  )
}

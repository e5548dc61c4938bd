import { MeshError } from '#core/model/errors.ts'
import type { Workload } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import { act, isOurs } from './commands.ts'
import { nameOf } from './names.ts'
import { CHANGE_TIMEOUT_MS, failed, instancePath } from './requests.ts'

/** What runs in it has this long to end by itself, in seconds. */
const GRACE_S = 10

/** Ends and starts one instance, running or not; what does not end by itself is ended. TOOL_FAILED where its name is not this node's. */
export async function restartInstance(exec: Exec, socket: string, workload: Workload): Promise<void> {
  await exec.run(isOurs(socket, workload, [200]))
  await endByItself(exec, socket, workload)
  await exec.run(act(socket, workload, 'stop'))
  await exec.run(act(socket, workload, 'start'))
}

/** An instance without an init system never does; then it is ended all the same. */
async function endByItself(exec: Exec, socket: string, workload: Workload): Promise<void> {
  try {
    const polite: ExplainedRequest = {
      socket,
      method: 'PUT',
      path: instancePath(nameOf(workload), '/state'),
      body: { action: 'stop', timeout: GRACE_S },
      awaitsEnd: true,
      timeoutMs: CHANGE_TIMEOUT_MS,
      failures: { other: failed(`LXD instance ${nameOf(workload)} does not end by itself`) },
    }
    await exec.run(polite)
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
  }
}

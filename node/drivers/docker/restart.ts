import type { Workload } from '#core/model/resource.ts'
import type { ExplainedRequest } from '#platform/explained.ts'

/** What runs in it is asked to end, and has this long for it; the engine's own default. */
const GRACE_S = 10
const TIMEOUT_MS = 60_000

/** Ends and starts one container, running or not. By the engine's id: a name may be somebody else's by now. */
export const restartCommand = (socket: string, workload: Workload): ExplainedRequest => ({
  socket,
  method: 'POST',
  path: `/containers/${workload.containerId ?? workload.containerName}/restart?t=${GRACE_S}`,
  timeoutMs: TIMEOUT_MS,
  okStatus: [204],
  failures: { other: { code: 'TOOL_FAILED', message: `cannot restart container ${workload.containerName}` } },
})

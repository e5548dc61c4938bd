import * as z from 'zod'
import type { Resource } from '#core/model/resource.ts'
import type { Source } from '../driver.ts'

/** A message of `GET /1.0/events?type=lifecycle` (LXD, "Events"). */
const Event = z.looseObject({
  type: z.literal('lifecycle'),
  metadata: z.looseObject({
    action: z.string(),
    source: z.string(),
    context: z.looseObject({ old_name: z.string().optional() }).nullish(),
  }),
})

/** What happens to an instance that its read-back shows; commands run in it and its console are no change. */
const INSTANCE_ACTIONS = [
  ...['instance-started', 'instance-stopped', 'instance-shutdown', 'instance-restarted', 'instance-deleted'],
  ...['instance-paused', 'instance-resumed', 'instance-renamed', 'instance-updated', 'instance-restored'],
]

/** After these a name may mean an image that was not there. */
const IMAGE_ACTIONS = [
  'image-created',
  'image-deleted',
  'image-alias-created',
  'image-alias-updated',
  'image-alias-deleted',
]

/** What LXD tells of instances of ours and of images. */
export const lifecycleSource = (socket: string): Source => ({
  type: 'stream',
  name: 'lxd',
  command: { socket, method: 'GET', path: '/1.0/events?type=lifecycle', isWebSocket: true },
  tells,
})

const tells = (line: string, seen: readonly Resource[]): boolean => {
  const event = decode(line)
  if (event === undefined) return false
  const { action, source, context } = event.metadata
  if (IMAGE_ACTIONS.includes(action)) return true
  if (!INSTANCE_ACTIONS.includes(action)) return false
  const names = [nameIn(source), context?.old_name]
  return seen.some((one) => one.kind === 'workload' && one.provider === 'lxd' && names.includes(one.containerId))
}

/** `/1.0/instances/NAME?project=default` */
const nameIn = (source: string): string | undefined => {
  const name = /^\/1\.0\/(?:instances|containers)\/([^/?]+)/.exec(source)?.[1]
  return name === undefined ? undefined : decodeURIComponent(name)
}

const decode = (line: string): z.infer<typeof Event> | undefined => {
  try {
    return Event.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

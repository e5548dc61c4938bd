import * as z from 'zod'
import type { SocketCommand } from '#platform/exec.ts'
import type { Source } from '../driver.ts'
import { MARK_FILTER } from './mark.ts'

/** One line of `GET /events`, Docker Engine API 1.41. */
const Event = z.looseObject({ Action: z.string() })

/** What happens to a container that its read-back shows; commands run in it and the like are no change. */
const CONTAINER_ACTIONS = [
  ...['die', 'start', 'stop', 'destroy', 'pause', 'unpause', 'rename', 'update', 'restart', 'health_status'],
]
/** After these a name may mean an image that was not there. */
const IMAGE_ACTIONS = ['load', 'import', 'tag', 'pull', 'untag', 'delete']

/** What the engine tells of containers with our mark. */
export const containerSource = (socket: string): Source =>
  source(socket, 'docker-containers', { type: 'container', actions: CONTAINER_ACTIONS, label: MARK_FILTER })

/** What the engine tells of images: one that came by hand ends the waiting for it. */
export const imageSource = (socket: string): Source =>
  source(socket, 'docker-images', { type: 'image', actions: IMAGE_ACTIONS })

interface Filter {
  readonly type: 'container' | 'image'
  readonly actions: readonly string[]
  readonly label?: string
}

const source = (socket: string, name: string, { type, actions, label }: Filter): Source => ({
  type: 'stream',
  name,
  command: events(socket, { type: [type], event: actions, ...(label === undefined ? {} : { label: [label] }) }),
  tells: (line) => actions.includes(actionOf(line)),
})

const events = (socket: string, filters: object): SocketCommand => ({
  socket,
  method: 'GET',
  path: `/events?${new URLSearchParams({ filters: JSON.stringify(filters) })}`,
})

/** Empty where the line is no event. */
const actionOf = (line: string): string => {
  try {
    // What a health check found stands behind a colon.
    return Event.safeParse(JSON.parse(line)).data?.Action.split(':')[0] ?? ''
  } catch {
    return ''
  }
}

import { computed, signal } from '@preact/signals'
import { mayAs } from '#core/model/access.ts'
import { get, post, whenSignedOut } from './api.ts'
import { LiveClient, type LiveSocket, type LiveState } from './live.ts'
import type { Me, MeshView, Role } from './view.ts'

/** Undefined while that is not known yet, null where nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined)
/** What this host sees; null before the first snapshot. */
export const view = signal<MeshView | null>(null)
export const liveState = signal<LiveState>('connecting')
/** Monotonic, set each second: ages are told against it. */
export const nowMs = signal(performance.now())
/** Since the host was last heard. */
export const viewAgeMs = computed(() => {
  const now = nowMs.value
  return view.value === null ? null : Math.max(0, now - client.heardMs)
})
/** Older than this it is marked: hosts send twice a second. */
const STALE_MS = 10_000
export const isStale = computed(() => liveState.value !== 'live' || (viewAgeMs.value ?? 0) > STALE_MS)

/** Whether the reader may do what asks for this role. */
export function may(needed: Role): boolean {
  const role = me.value?.role
  return role !== undefined && mayAs(role, needed)
}

const CHECK_MS = 30_000

const client: LiveClient = new LiveClient({
  connect: (): LiveSocket => {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/live`)
    // Its events are more than is used of them.
    return socket as LiveSocket
  },
  nowMs: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
  onState: (state) => {
    liveState.value = state
  },
  onView: (next) => {
    view.value = next
  },
  onLost: () => void checkMe(),
})

/** Which lab this tab looks at; its LabView is in `view.lab` from then on. */
export const watchLab = (lab: string | null): void => client.watch(lab)

/** Tries to reach the host at once. */
export const retryLive = (): void => client.retry()

/** Asks who is signed in; where the host does not answer, what was known stays. */
export async function checkMe(): Promise<void> {
  try {
    me.value = await get<Me>('/v1/me')
  } catch {
    // 401 has been told by `whenSignedOut`; without an answer nothing new is known.
  }
}

export async function signOut(): Promise<void> {
  await post('/auth/logout').catch(() => undefined)
  me.value = null
}

/** Live state while somebody is signed in, and the clock for ages. */
export function startStores(): void {
  whenSignedOut(() => {
    me.value = null
  })
  me.subscribe((who) => {
    if (who) return client.start()
    client.stop()
    view.value = null
  })
  setInterval(() => {
    nowMs.value = performance.now()
  }, 1_000)
  // Somebody who looks is not idle, and is told when the session was ended elsewhere.
  setInterval(() => {
    if (me.value && !document.hidden) void checkMe()
  }, CHECK_MS)
  document.addEventListener('visibilitychange', () => client.hidden(document.hidden))
  addEventListener('online', () => client.retry())
  void checkMe()
}

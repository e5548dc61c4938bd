import { signal } from '@preact/signals'
import { asApiError } from './api.ts'
import { view } from './stores.ts'

/** Something done or failed. `host`: the one that acted. */
export interface Toast {
  readonly id: number
  readonly tone: 'ok' | 'error'
  readonly text: string
  readonly hint?: string
  readonly host?: string
}

export const toasts = signal<readonly Toast[]>([])

const STAYS_MS = 6_000
let last = 0

/** Says that something was done, and by which host. */
export function done(text: string): void {
  const host = view.value?.self.name
  show({ tone: 'ok', text, ...(host === undefined ? {} : { host }) })
}

/** Says what failed and what to do; stays until it is closed. */
export function failed(error: unknown): void {
  const { message, hint } = asApiError(error)
  show({ tone: 'error', text: message, hint })
}

export const closeToast = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

function show(toast: Omit<Toast, 'id'>): void {
  last += 1
  const id = last
  toasts.value = [...toasts.value.slice(-4), { ...toast, id }]
  if (toast.tone === 'ok') setTimeout(() => closeToast(id), STAYS_MS)
}

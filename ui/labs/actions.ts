import type { HostReconciled, LabReconciled } from '#agent/port.ts'
import { call, del, get, open, part, post } from '../api.ts'
import { count } from '../time-text.ts'
import { done } from '../toasts.ts'
import { saveFile } from './download.ts'

export const labPath = (lab: string): string => `/v1/labs/${part(lab)}`
export const nodePath = (lab: string, node: string): string => `${labPath(lab)}/nodes/${part(node)}`
export const endPath = (lab: string, end: { readonly node: string; readonly interface: string }): string =>
  `${nodePath(lab, end.node)}/interfaces/${part(end.interface)}`

/** What a lab was made from. */
export interface Exported {
  readonly lab: string
  readonly revision: number
  readonly fileName: string | null
  readonly topology: string
}

export const exportOf = (lab: string): Promise<Exported> => get<Exported>(`${labPath(lab)}/export`)

/** The topology as a file. */
export async function saveTopology(lab: string): Promise<void> {
  const { fileName, topology } = await exportOf(lab)
  const name = fileName?.split('/').at(-1) ?? `${lab}.clab.yml`
  saveFile(name, new Blob([topology], { type: 'application/yaml' }))
}

/** What every host of a lab did when it was asked to look. */
export async function reconcile(lab: string): Promise<readonly HostReconciled[]> {
  const { hosts } = await post<LabReconciled>(`${labPath(lab)}/reconcile`)
  const made = hosts.reduce((sum, host) => sum + host.done.filter(({ ok }) => ok).length, 0)
  const wrong = hosts.reduce((sum, host) => sum + host.wrong.length + (host.unreachable === undefined ? 0 : 1), 0)
  done(
    `${count(hosts.length, 'host')} looked at lab ${lab}: ${count(made, 'repair')}, ${wrong === 0 ? 'all as it should be' : `${wrong} still wrong`}`,
  )
  return hosts
}

export async function takeDown(lab: string): Promise<void> {
  await del(labPath(lab))
  done(`lab ${lab} is taken down`)
}

export async function restart(lab: string, node: string): Promise<void> {
  const { host } = await post<{ readonly host: string }>(`${nodePath(lab, node)}/restart`)
  done(`${node} was restarted on ${host}`)
}

interface Saved {
  readonly save: number | null
  readonly nodes: readonly { readonly node: string; readonly ok: boolean; readonly message: string | null }[]
  readonly skipped: readonly string[]
}

/** Keeps the configuration of these nodes, or of all that can. Rejects with what failed. */
export async function saveConfigs(lab: string, nodes?: readonly string[]): Promise<void> {
  const saved = await call<Saved>('POST', `${labPath(lab)}/saves`, nodes === undefined ? {} : { nodes })
  const failed = saved.nodes.filter(({ ok }) => !ok)
  if (failed.length > 0)
    throw new Error(failed.map(({ node, message }) => `${node}: ${message ?? 'not saved'}`).join('; '))
  const skipped = saved.skipped.length === 0 ? '' : `; of ${count(saved.skipped.length, 'node')} nobody knows how`
  done(`configuration of ${count(saved.nodes.length, 'node')} of lab ${lab} saved${skipped}`)
}

/** Reads an answer that goes on, piece by piece, until it ends or `signal` fires. */
export async function readStream(
  path: string,
  signal: AbortSignal,
  onPiece: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = (await open(path, signal)).getReader()
  for (;;) {
    const { done: isOver, value } = await reader.read()
    if (isOver) return
    onPiece(value)
  }
}

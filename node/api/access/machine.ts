import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { AttachedProof } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'

/** Names of attached machines. */
export const MACHINE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** Whether a route, as it is registered, is for attached machines: they show a name and a key in place of a login. */
export const isMachinePath = (url: string | undefined): boolean => url?.startsWith('/v1/agent/') === true

/** Who says it asks; not proven yet. ATTACHED_KEY_WRONG where it does not say, NOT_FOUND for what no machine can be called. */
export function proofOf(headers: IncomingHttpHeaders): AttachedProof {
  const { 'x-agent-name': name, 'x-agent-key': key } = headers
  if (typeof name !== 'string' || typeof key !== 'string' || name === '' || key === '')
    throw new MeshError('ATTACHED_KEY_WRONG', 'the headers X-AGENT-NAME and X-AGENT-KEY say who asks; one is missing')
  if (!MACHINE_NAME.test(name)) throw new MeshError('NOT_FOUND', 'no attached machine can have this name', {})
  return { name, key }
}

/** Tells apart whoever shows another name or another key, and gives neither away. */
export function machineOwner({ 'x-agent-name': name = '', 'x-agent-key': key = '' }: IncomingHttpHeaders): string {
  const shown = JSON.stringify([name, key])
  return `machine:${createHash('sha256').update(shown).digest('base64')}`
}

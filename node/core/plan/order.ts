import type { Op, Resource, ResourceKind } from '../model/resource.ts'
import { compareText } from '../record/version.ts'

/** What stands on what: earlier kinds are made first. */
const MAKING: readonly ResourceKind[] = [
  'bridge',
  'wg-interface',
  'wg-peer',
  'image',
  'workload',
  'nic',
  'vtep',
  'port',
]

/** A port goes before its device, a nic before its container, everything before the bridge. */
const REMOVING: readonly ResourceKind[] = [
  'port',
  'nic',
  'vtep',
  'workload',
  'wg-peer',
  'wg-interface',
  'bridge',
  'image',
]

/** The resource an op is about. */
export const subject = (op: Op): Resource => (op.type === 'delete' ? op.from : op.to)

const by =
  (ranks: readonly ResourceKind[]) =>
  (a: Op, b: Op): number =>
    ranks.indexOf(subject(a).kind) - ranks.indexOf(subject(b).kind) || compareText(subject(a).id, subject(b).id)

/** Deletions, what stands on others first; then by id. */
export const inRemovingOrder = (ops: readonly Op[]): readonly Op[] => [...ops].sort(by(REMOVING))

/** Creations and updates, what others stand on first; then by id. */
export const inMakingOrder = (ops: readonly Op[]): readonly Op[] => [...ops].sort(by(MAKING))

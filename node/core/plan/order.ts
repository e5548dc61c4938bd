import { type Op, type ResourceKind, subject } from '../model/resource.ts'
import { compareText } from '../record/version.ts'

/** What stands on what: earlier kinds are made first. */
const MAKING: readonly ResourceKind[] = [
  'bridge',
  'wire',
  'wg-interface',
  'wg-peer',
  'image',
  'workload',
  'ext-container',
  'host-bridge',
  'nic',
  'vtep',
  'port',
  'outlet',
  'shaper',
]

/** What shapes a device goes before it, a port before its device, a nic before its container, everything before the bridge. */
const REMOVING: readonly ResourceKind[] = [
  'shaper',
  'outlet',
  'port',
  'wire',
  'nic',
  'vtep',
  'workload',
  'wg-peer',
  'wg-interface',
  'bridge',
  'image',
  'ext-container',
  'host-bridge',
]

const by =
  (ranks: readonly ResourceKind[]) =>
  (a: Op, b: Op): number =>
    ranks.indexOf(subject(a).kind) - ranks.indexOf(subject(b).kind) || compareText(subject(a).id, subject(b).id)

/** Deletions, what stands on others first; then by id. */
export const inRemovingOrder = (ops: readonly Op[]): readonly Op[] => [...ops].sort(by(REMOVING))

/** Creations and updates, what others stand on first; then by id. */
export const inMakingOrder = (ops: readonly Op[]): readonly Op[] => [...ops].sort(by(MAKING))

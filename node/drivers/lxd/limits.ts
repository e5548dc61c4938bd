import type { WorkloadSpec } from '#core/model/resource.ts'

/** Milliseconds of each period that a whole CPU is; the kernel's own period (CFS) is as long. */
const PERIOD_MS = 100

type Limited = Pick<WorkloadSpec, 'cpu' | 'cpuSet' | 'memoryBytes'>

/** CPU and memory as keys of an instance (LXD, "Instance options", Resource limits); absent where the node names none. */
export const limits = ({ cpu, cpuSet, memoryBytes }: Limited): Record<string, string> => ({
  ...(cpuSet === undefined ? {} : { 'limits.cpu': cpuSet }),
  ...(cpu === undefined
    ? {}
    : { 'limits.cpu.allowance': `${Math.max(1, Math.round(cpu * PERIOD_MS))}ms/${PERIOD_MS}ms` }),
  ...(memoryBytes === undefined ? {} : { 'limits.memory': `${memoryBytes}B` }),
})

/** Keys of limits; those of others than ours count as changed, too. */
export const LIMIT_KEYS = ['limits.cpu', 'limits.cpu.allowance', 'limits.memory'] as const

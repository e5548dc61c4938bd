import type { LabName, NodeName } from '../../model/ids.ts'
import type { Workload } from '../../model/resource.ts'
import { workloadId } from '../../model/resource-ids.ts'

/** A container of node `n` of lab `lab`, as a look at the host finds it. */
export const workloadSeen = (more: Partial<Workload> = {}): Workload => ({
  kind: 'workload',
  id: workloadId('lab' as LabName, 'n' as NodeName),
  needs: [],
  provider: 'docker',
  lab: 'lab' as LabName,
  node: 'n' as NodeName,
  containerName: 'clab-lab-n',
  spec: { image: 'frr:10', hostname: 'n', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
  containerId: 'c1',
  startedAt: '2026-01-01T00:00:01Z',
  ...more,
})

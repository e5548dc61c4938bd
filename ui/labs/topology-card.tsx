import { lazy } from '../lazy.tsx'

/** The picture of a lab; its code comes when the first one is shown. */
export const TopologyCard = lazy(async () => (await import('./topology.tsx')).Topology)

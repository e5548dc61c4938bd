import { lazy } from '../lazy.tsx'

/** See `chart.tsx`; what draws comes only where something is drawn. */
export const Chart = lazy(async () => (await import('./chart.tsx')).Chart)

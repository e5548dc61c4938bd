import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type LabelsOf, METRICS, type MetricSpec, type NameOf } from './names.ts'

/** One line of a metric: its labels, and how much. */
export type Row<N extends keyof typeof METRICS> = readonly [labels: LabelsOf<N>, value: number]

/** The metrics of {@link METRICS}, to be written to and read as text. Values that are no finite numbers are left out. */
export interface Instruments {
  /** These are all the lines of a gauge, or of a counter that others count; lines of before are gone. */
  show<N extends NameOf<'gauge' | 'counter'>>(name: N, rows: readonly Row<N>[]): void
  /** Something happened. */
  count<N extends NameOf<'counter'>>(name: N, labels: LabelsOf<N>): void
  /** Something took so many seconds. */
  took<N extends NameOf<'histogram'>>(name: N, labels: LabelsOf<N>, seconds: number): void
  /** In the Prometheus text format 0.0.4. */
  text(): Promise<string>
}

/** A set of its own: nothing that other packages register gets into it. */
export function createInstruments(): Instruments {
  const registry = new Registry()
  const registers = [registry]
  const gauges = new Map<string, Gauge | Counter>()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()
  for (const [name, spec] of Object.entries<MetricSpec>(METRICS)) {
    const options = { name, help: spec.help, labelNames: spec.labels, registers }
    if (spec.type === 'histogram')
      histograms.set(name, new Histogram({ ...options, ...(spec.buckets && { buckets: [...spec.buckets] }) }))
    else if (spec.type === 'counter') counters.set(name, new Counter(options))
    else gauges.set(name, new Gauge(options))
  }
  return {
    show: (name, rows) => {
      const metric = gauges.get(name) ?? counters.get(name)
      // A metric without labels stands at 0 where it is begun anew; one that is not known is not shown at all.
      if (METRICS[name].labels.length > 0) metric?.reset()
      else metric?.remove()
      for (const [labels, value] of rows) if (Number.isFinite(value)) write(metric, labels, value)
    },
    count: (name, labels) => counters.get(name)?.inc(labels),
    took: (name, labels, seconds) => {
      if (Number.isFinite(seconds)) histograms.get(name)?.observe(labels, seconds)
    },
    text: () => registry.metrics(),
  }
}

const write = (metric: Gauge | Counter | undefined, labels: Readonly<Record<string, string>>, value: number): void => {
  if (metric instanceof Gauge) metric.set(labels, value)
  else metric?.inc(labels, value)
}

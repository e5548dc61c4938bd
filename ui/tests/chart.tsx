import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { showBps } from '#core/iperf/rate-text.ts'
import { type Colours, followTheme, isDark, readColours } from '../colours.ts'
import { clockText } from '../time-text.ts'
import { chartWords, columnsOf, readAt, type Series } from './chart-data.ts'

interface ChartProps {
  /** What is drawn of whom. */
  readonly title: string
  readonly series: readonly Series[]
  /** Seconds of a test, or of the day. */
  readonly x: 'test' | 'day'
}

const HEIGHT = 190
/** Less is no axis. */
const LEAST_S = { test: 1, day: 10 } as const
const DASHES = [[], [7, 4], [2, 3]]

/** Rates by time; the same in words for who does not see it. Drawn anew where light turns to dark. */
export function Chart({ title, series, x }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const [at, setAt] = useState<number | null>(null)
  const key = series.map(({ name, type }) => `${type} ${name}`).join('\n')
  followTheme()
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const made = new uPlot(
      optionsOf({ series, x, width: element.clientWidth, onCursor: setAt }),
      dataOf(series),
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [key, x, isDark.value])
  useEffect(() => plot.current?.setData(dataOf(series)), [series])
  const words = chartWords(series, x)
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={`${title}. ${words}`} />
      <figcaption class="row spread hint">
        <span class="row">
          {series.map(({ name, type }, index) => (
            <span key={name} class={`key ${type}`}>
              <svg viewBox="0 0 22 8" aria-hidden="true" class={`line-${index}`}>
                {type === 'points' ? (
                  <circle cx="11" cy="4" r="3" />
                ) : (
                  <path d="M1 4h20" stroke-dasharray={DASHES[index % DASHES.length]?.join(' ') ?? ''} />
                )}
              </svg>
              {name}
            </span>
          ))}
        </span>
        <span>{at === null ? '' : readAt(series, at, x)}</span>
      </figcaption>
    </figure>
  )
}

/** uPlot writes into what it is given. */
const dataOf = (series: readonly Series[]): uPlot.AlignedData => {
  const [xs = [], ...rest] = columnsOf(series)
  return [xs.map((value) => value ?? 0), ...rest.map((column) => [...column])]
}

interface Drawing {
  readonly series: readonly Series[]
  readonly x: ChartProps['x']
  readonly width: number
  onCursor(index: number | null): void
}

function optionsOf({ series, x, width, onCursor }: Drawing): uPlot.Options {
  const colours = readColours()
  const axis = {
    stroke: colours.muted,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1 },
  }
  const hasMany = series.some(({ type }) => type === 'many')
  return {
    ...{ width, height: HEIGHT, legend: { show: false }, padding: [10, 30, 0, 0] as [number, number, number, number] },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: (_plot, least, most) => [least, Math.max(most, least + LEAST_S[x])] },
      rate: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] },
      many: { range: (_plot, _least, most) => [0, Math.max(4, most * 2.5)] },
    },
    axes: [
      {
        ...axis,
        size: 34,
        incrs: x === 'day' ? DAY : WHOLE,
        values: (_plot, values) => values.map((at) => (x === 'day' ? clockText(at * 1000) : `${at} s`)),
        space: 70,
      },
      {
        ...axis,
        scale: 'rate',
        size: 84,
        values: (_plot, values) => values.map((bps) => (bps === 0 ? '0' : showBps(bps))),
      },
      ...(hasMany
        ? [{ ...axis, scale: 'many', side: 1 as const, size: 44, grid: { show: false }, space: 40, incrs: WHOLE }]
        : []),
    ],
    series: [{}, ...series.map((one, index) => drawn(one, index, colours))],
    hooks: { setCursor: [({ cursor: { idx } }) => onCursor(idx ?? null)] },
  }
}

/** Clocks are read in these steps, in seconds. */
const DAY = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400]
/** Nothing happens half a time, and seconds are whole. */
const WHOLE = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((one) => one * 10 ** power))

function drawn({ type, name }: Series, index: number, colours: Colours): uPlot.Series {
  const stroke = [colours.accent, colours.warn, colours.ok][index % 3] ?? colours.accent
  if (type === 'many') {
    const bars = uPlot.paths.bars?.({ size: [0.5, 14] })
    return {
      label: name,
      scale: 'many',
      stroke: colours.error,
      fill: colours.error,
      points: { show: false },
      ...(bars === undefined ? {} : { paths: bars }),
    }
  }
  const dots = { show: true, size: type === 'points' ? 7 : 4, fill: stroke, stroke }
  if (type === 'points') return { label: name, scale: 'rate', stroke, points: dots, paths: () => null }
  return {
    label: name,
    scale: 'rate',
    stroke,
    width: 2,
    spanGaps: true,
    dash: DASHES[index % DASHES.length] ?? [],
    points: dots,
  }
}

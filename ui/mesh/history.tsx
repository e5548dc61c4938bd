import { clockText, msText } from '../time-text.ts'
import { measures } from './ways.ts'

const WIDTH = 480
const HEIGHT = 64

/** Round trips since this tab looks at them: a line, and the same in numbers. */
export function History({ from, to }: { readonly from: string; readonly to: string }) {
  const all = measures.value.get(`${from}/${to}`) ?? []
  const known = all.flatMap(({ rttMs, atMs }) => (rttMs === null ? [] : [{ rttMs, atMs }]))
  const first = known[0]
  if (first === undefined || known.length < 2)
    return <p class="hint">Round trips appear here while this page is open.</p>
  const values = known.map(({ rttMs }) => rttMs)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const told = `least ${msText(least)}, mean ${msText(mean)}, most ${msText(most)}, ${known.length} measures since ${clockText(first.atMs)}`
  return (
    <figure class="history">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Round trips from ${from} to ${to}: ${told}`}
        preserveAspectRatio="none"
      >
        <polyline points={pointsOf(values, most)} />
      </svg>
      <figcaption class="hint">{told}</figcaption>
    </figure>
  )
}

function pointsOf(values: readonly number[], most: number): string {
  const step = WIDTH / Math.max(1, values.length - 1)
  const scale = most === 0 ? 0 : (HEIGHT - 6) / most
  return values.map((value, at) => `${(at * step).toFixed(1)},${(HEIGHT - 3 - value * scale).toFixed(1)}`).join(' ')
}

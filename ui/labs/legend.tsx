import { StateIcon } from '../parts/icon.tsx'
import { LEGEND, linkLook, nodeLook, type Shape } from './looks.ts'

/** What outlines, lines and signs stand for. */
export const Legend = () => (
  <div class="legend">
    {LEGEND.map(([shape, text]) => (
      <span key={shape}>
        <svg class="outline" viewBox="0 0 20 14" aria-hidden="true">
          {OUTLINES[shape]}
        </svg>
        {text}
      </span>
    ))}
    {[
      linkLook({ state: 'up' }),
      linkLook({ state: 'up', impairments: { x: { delayMs: 1 } } }),
      linkLook({ state: 'creating' }),
      linkLook({ state: 'error' }),
      nodeLook({ state: 'exited' }),
    ].map(({ tone, line, text }) => (
      <span key={text} class={`tone-${tone}`}>
        <svg class="outline" viewBox="0 0 20 14" aria-hidden="true">
          <path d="M0 7h20" stroke="currentColor" stroke-width="2.4" stroke-dasharray={DASHES[line]} />
        </svg>
        <StateIcon tone={tone} />
        {text}
      </span>
    ))}
  </div>
)

const DASHES = { solid: '', dashed: '5 3', dotted: '1.5 2.5' } as const

const at = { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4 } as const

const OUTLINES: Readonly<Record<Shape, preact.JSX.Element>> = {
  'round-rectangle': <rect x="1" y="1" width="18" height="12" rx="3" {...at} />,
  ellipse: <ellipse cx="10" cy="7" rx="9" ry="6" {...at} />,
  octagon: <path d="M6 1h8l5 4v4l-5 4H6L1 9V5z" {...at} />,
  diamond: <path d="M10 1l9 6-9 6-9-6z" {...at} />,
  hexagon: <path d="M5 1h10l4 6-4 6H5L1 7z" {...at} />,
  'round-tag': <path d="M3 1h10l6 6-6 6H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z" {...at} />,
}

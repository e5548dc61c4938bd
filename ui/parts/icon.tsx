import type { Tone } from '../states.ts'

/** ● right, ▲ impaired, ✕ wrong, … being made, ◌ not known: told apart without colour, and drawn alike in every font. */
export function StateIcon({ tone }: { readonly tone: Tone }) {
  return (
    <svg class={`icon tone-${tone}`} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  )
}

const SHAPES = {
  ok: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  warn: <path d="M6 1.2 11.3 10.8H.7z" fill="currentColor" />,
  error: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" />,
  busy: (
    <g fill="currentColor">
      <circle cx="1.9" cy="6" r="1.4" />
      <circle cx="6" cy="6" r="1.4" />
      <circle cx="10.1" cy="6" r="1.4" />
    </g>
  ),
  unknown: (
    <circle cx="6" cy="6" r="4.3" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2 1.4" />
  ),
} as const

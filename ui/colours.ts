import { signal } from '@preact/signals'

/** Names of base.css that pictures and terminals use too. */
const NAMES = [
  'ground',
  'panel',
  'raised',
  'line',
  'line-strong',
  'text',
  'muted',
  'accent',
  'accent-soft',
  'ok',
  'warn',
  'error',
  'busy',
  'unknown',
] as const

export type Colours = Readonly<Record<(typeof NAMES)[number], string>>

/** What the style sheet says now, as `rgb(…)`: canvases know no variables. */
export function readColours(): Colours {
  const probe = document.createElement('span')
  probe.hidden = true
  document.body.append(probe)
  const read = NAMES.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color] as const
  })
  probe.remove()
  return Object.fromEntries(read) as Colours
}

/** Whether the page is dark now, however that was chosen; follows the reader and the system. */
export const isDark = signal(false)

const look = (): void => {
  isDark.value = darknessOf(readColours().panel) > 0.5
}

/** 0 for white, 1 for black; of `rgb(…)`. */
function darknessOf(rgb: string): number {
  const [red = 0, green = 0, blue = 0] = (rgb.match(/[\d.]+/g) ?? []).map(Number)
  return 1 - (0.299 * red + 0.587 * green + 0.114 * blue) / 255
}

let isFollowed = false

/** `isDark` is right from now on. */
export function followTheme(): void {
  if (isFollowed) return
  isFollowed = true
  look()
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', look)
  new MutationObserver(look).observe(document.documentElement, { attributeFilter: ['data-theme'] })
}

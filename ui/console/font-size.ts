import { signal } from '@preact/signals'

const KEY = 'skein.console-font'
const [LEAST, MOST, USUAL] = [9, 28, 13] as const

const within = (px: number): number => Math.min(MOST, Math.max(LEAST, px))

function kept(): number {
  try {
    const px = Number(localStorage.getItem(KEY) ?? USUAL)
    return Number.isInteger(px) ? within(px) : USUAL
  } catch {
    return USUAL
  }
}

const px = signal(kept())

/** Of terminals, in pixels; kept in this browser. */
export const fontSize = {
  get value(): number {
    return px.value
  },
  change(by: number): void {
    px.value = within(px.value + by)
    try {
      localStorage.setItem(KEY, String(px.value))
    } catch {
      // It holds until the tab is closed.
    }
  },
}

import { effect, signal } from '@preact/signals'

/** What a reader chose in this browser; kept there, and nowhere else. */
export type Theme = 'auto' | 'light' | 'dark'

const THEME = 'skein.theme'
const KEYS = 'skein.single-keys'

/** Private windows may keep nothing, and say so by throwing. */
const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value)
  } catch {
    // It holds until the tab is closed.
  }
}

const themeOf = (text: string | null): Theme => (text === 'light' || text === 'dark' ? text : 'auto')

export const theme = signal<Theme>(themeOf(kept(THEME)))
/** Whether plain letters do something. */
export const singleKeys = signal(kept(KEYS) !== 'off')

/** What the reader chose is shown and kept from now on. */
export function startSettings(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    keep(THEME, theme.value)
  })
  effect(() => keep(KEYS, singleKeys.value ? 'on' : 'off'))
}
